package focalloss

import "encoding/json"

// Options of a call. What is not set has the default of the service, whose docs/reference/semantics.md defines each.
type Options struct {
	// Activation is Sigmoid, the default, or Softmax.
	Activation Activation `json:"activation,omitempty"`
	// Gamma ≥ 0, the focusing parameter, is a Number (2 by default), PerClass or Sides.
	Gamma Gamma `json:"gamma,omitempty"`
	// Alpha, the class balance, is a Number in [0, 1], PerClass, Off, Balanced or an EffectiveNumber. The default is 0.25
	// under sigmoid, 0.75 with SoftLabels "varifocal", and Off with "matchability" and under softmax.
	Alpha Alpha `json:"alpha,omitempty"`
	// ClassAxis of the predictions is the last by default; &axis with axis 1 for channels first.
	ClassAxis *int `json:"class_axis,omitempty"`
	// ClassWeights are ≥ 0, one per class.
	ClassWeights []float64 `json:"class_weights,omitempty"`
	// LabelSmoothing is in [0, 1).
	LabelSmoothing float64 `json:"label_smoothing,omitempty"`
	// SoftLabels is which loss applies to sigmoid labels strictly between 0 and 1: "interpolated", the default, "termwise"
	// or "quality"; or a loss of its own: "varifocal" or "matchability".
	SoftLabels string `json:"soft_labels,omitempty"`
	// Margin in [0, 1), sigmoid: negatives are evaluated at max(p - margin, 0).
	Margin float64 `json:"margin,omitempty"`
	// PolyEpsilon is the epsilon of Poly-1.
	PolyEpsilon float64 `json:"poly_epsilon,omitempty"`
	// Focusing "detached" takes the modulating factor for a constant in all derivatives.
	Focusing string `json:"focusing,omitempty"`
	// HessianForm "detached" is a Hessian that is never negative, beside exact gradients.
	HessianForm string `json:"hessian_form,omitempty"`
	// IgnoreIndex, -100 by default, is the label of what contributes nothing.
	IgnoreIndex *int `json:"ignore_index,omitempty"`
	// BackgroundIndex is the class index of samples that are negative for every class; sigmoid only.
	BackgroundIndex *int `json:"background_index,omitempty"`
	// Reduction is "mean", the default, "sum" or "none", with which the gradients are those of the sum.
	Reduction string `json:"reduction,omitempty"`
	// Normalizer is what the mean divides by: Elements, Samples, Positives, Weights or a Number.
	Normalizer Normalizer `json:"normalizer,omitempty"`
	// Epsilon, 1e-7 by default: probabilities are clamped to [epsilon, 1 - epsilon].
	Epsilon float64 `json:"epsilon,omitempty"`
	// ClassNames has one name per class, which the breakdown repeats.
	ClassNames []string `json:"class_names,omitempty"`
	// Outputs are "loss", "gradients", "per_class", which are the default, "elementwise", "hessian", "difficulty",
	// "posterior" and "calibration".
	Outputs []string `json:"outputs,omitempty"`
	// Warnings, if it points to false, turns warnings off.
	Warnings *bool `json:"warnings,omitempty"`
}

// Activation says what logits are.
type Activation string

const (
	// Sigmoid: each class is a binary decision of its own.
	Sigmoid Activation = "sigmoid"
	// Softmax: exactly one class is true.
	Softmax Activation = "softmax"
)

// Gamma is a Number, PerClass or Sides.
type Gamma interface{ isGamma() }

// Alpha is a Number, PerClass, Off, Balanced or an EffectiveNumber.
type Alpha interface{ isAlpha() }

// Normalizer is Elements, Samples, Positives, Weights or a Number.
type Normalizer interface{ isNormalizer() }

// Number is the same for all classes.
type Number float64

// PerClass has a number for each class.
type PerClass []float64

// Sides has a gamma for positives and another for negatives, as in the asymmetric loss; sigmoid only. Each is a Number or
// PerClass.
type Sides struct {
	Positive Gamma `json:"positive"`
	Negative Gamma `json:"negative"`
}

// EffectiveNumber is an alpha from the effective number of samples, (1 - beta) / (1 - beta^n) (Cui et al. 2019).
type EffectiveNumber struct {
	// Beta is in [0, 1).
	Beta float64 `json:"beta"`
	// ClassCounts are the positives of each class in the data set; by default they are counted in the batch.
	ClassCounts []int `json:"class_counts,omitempty"`
	// Samples of the data set; by default the sum of ClassCounts.
	Samples int `json:"samples,omitempty"`
}

// alphaScheme is an alpha without parameters.
type alphaScheme string

const (
	// Off turns alpha off.
	Off alphaScheme = `"off"`
	// Balanced is an alpha by inverse class frequency in the batch.
	Balanced alphaScheme = `{"balanced":true}`
)

type normalizer string

const (
	// Elements that are not ignored; the default under sigmoid.
	Elements normalizer = "elements"
	// Samples that are not ignored; the default under softmax.
	Samples normalizer = "samples"
	// Positives, at least 1.
	Positives normalizer = "positives"
	// Weights: the sum of the weights of what is not ignored.
	Weights normalizer = "weights"
)

func (Number) isGamma()          {}
func (PerClass) isGamma()        {}
func (Sides) isGamma()           {}
func (Number) isAlpha()          {}
func (PerClass) isAlpha()        {}
func (alphaScheme) isAlpha()     {}
func (EffectiveNumber) isAlpha() {}
func (Number) isNormalizer()     {}
func (normalizer) isNormalizer() {}

// MarshalJSON returns the form that the service reads.
func (scheme alphaScheme) MarshalJSON() ([]byte, error) { return []byte(scheme), nil }

// MarshalJSON returns the form that the service reads.
func (alpha EffectiveNumber) MarshalJSON() ([]byte, error) {
	type parameters EffectiveNumber // Without this method.
	return json.Marshal(map[string]parameters{"effective_number": parameters(alpha)})
}
