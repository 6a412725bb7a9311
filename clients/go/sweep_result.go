package focalloss

import "encoding/json"

// SweepResult is the focal loss of one batch for every pair of a gamma and an alpha.
type SweepResult struct {
	Counts Counts `json:"counts"`
	// Denominator of the losses, the cross-entropy and the gradient norms.
	Denominator float64 `json:"denominator"`
	// CrossEntropy has weights, and neither focusing nor alpha.
	CrossEntropy float64      `json:"cross_entropy"`
	Classes      []SweepClass `json:"classes"`
	// Grid has all alphas of the first gamma, then all alphas of the next.
	Grid []SweepPoint `json:"grid"`
	// Options in force, apart from gamma and alpha, as JSON.
	Options  json.RawMessage `json:"options"`
	Warnings []Warning       `json:"warnings"`
	Engine   Engine          `json:"engine"`
	Duration Duration        `json:"duration_ms"`
}

// SweepClass is the counts of one class.
type SweepClass struct {
	Class     int    `json:"class"`
	Name      string `json:"name"` // From Options.ClassNames.
	Positives int    `json:"positives"`
	Negatives int    `json:"negatives"`
	Ignored   int    `json:"ignored"`
}

// SweepPoint is the summary of one pair. A share of 0 is nil, or NaN in a list.
type SweepPoint struct {
	Gamma float64 `json:"gamma"`
	// Alpha as it was sent.
	Alpha json.RawMessage `json:"alpha"`
	// AlphaWeights has the alpha of each class if Alpha derives it from the labels.
	AlphaWeights []float64 `json:"alpha_weights"`
	Loss         float64   `json:"loss"`
	// PositiveShare is the share of positives in the loss and in the sum of |gradient|.
	PositiveShare struct {
		Loss       *float64 `json:"loss"`
		GradientL1 *float64 `json:"gradient_l1"`
	} `json:"positive_share"`
	// GradientNorm is the Euclidean norm of the gradients.
	GradientNorm float64 `json:"gradient_norm"`
	// EffectiveExamples is how many equally large elements would make the same gradient.
	EffectiveExamples *float64 `json:"effective_examples"`
	// ClassLossShares and ClassGradientShares have the share of each class, in the order of Classes.
	ClassLossShares     Numbers `json:"class_loss_shares"`
	ClassGradientShares Numbers `json:"class_gradient_shares"`
}
