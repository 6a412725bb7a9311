package focalloss

import (
	"encoding/json"
	"math"
)

// ClassBreakdown is where the loss of one class comes from. An element is positive if its label is at least 0.5. A share of
// 0 and a mean of nothing are NaN.
type ClassBreakdown struct {
	Class int
	Name  string // From Options.ClassNames.

	Positives, Negatives, Ignored int

	// Loss, CrossEntropy and GradientL1, the sum of |gradient|, are divided by the denominator.
	Loss, CrossEntropy, GradientL1 Parts
	// MeanPt is the mean of p over positives, and of 1 - p over negatives; it has neither Total nor Share.
	MeanPt Parts

	TruePositives, FalsePositives, FalseNegatives int

	// Prior and InitialLogit come with the output "posterior": the part of positives, and the logit to start a model with.
	Prior, InitialLogit float64
}

// Parts are those of positives and of negatives, their sum, and its share in that of all classes.
type Parts struct{ Positive, Negative, Total, Share float64 }

// readBreakdown makes a row for each class from columns such as "loss.share".
func readBreakdown(columns map[string][]float64, names []string) []ClassBreakdown {
	classes := make([]ClassBreakdown, len(columns["positives"]))
	for i := range classes {
		number := func(name string) float64 {
			if column := columns[name]; i < len(column) {
				return column[i]
			}
			return math.NaN()
		}
		count := func(name string) int {
			if column := columns[name]; i < len(column) {
				return int(column[i])
			}
			return 0
		}
		parts := func(name string) Parts {
			return Parts{number(name + ".positive"), number(name + ".negative"), number(name + ".total"), number(name + ".share")}
		}
		classes[i] = ClassBreakdown{
			Class:          i,
			Positives:      count("positives"),
			Negatives:      count("negatives"),
			Ignored:        count("ignored"),
			Loss:           parts("loss"),
			CrossEntropy:   parts("cross_entropy"),
			GradientL1:     parts("gradient_l1"),
			MeanPt:         parts("mean_pt"),
			TruePositives:  count("true_positives"),
			FalsePositives: count("false_positives"),
			FalseNegatives: count("false_negatives"),
			Prior:          number("prior"),
			InitialLogit:   number("initial_logit"),
		}
		if i < len(names) {
			classes[i].Name = names[i]
		}
	}
	return classes
}

// Difficulty has 20 bins of p_t for each side.
type Difficulty struct {
	Positives DifficultyBins `json:"positives"`
	Negatives DifficultyBins `json:"negatives"`
}

// DifficultyBins has the elements of each bin, and its shares in its side's totals, which are nil if a total is 0.
type DifficultyBins struct {
	Counts       []int   `json:"counts"`
	CrossEntropy Numbers `json:"cross_entropy"`
	Loss         Numbers `json:"loss"`
	GradientL1   Numbers `json:"gradient_l1"`
}

// Calibration has 15 bins of confidence for p as predicted and, if the request could have that output, for its posterior.
type Calibration struct {
	Predicted CalibrationBins  `json:"predicted"`
	Posterior *CalibrationBins `json:"posterior"`
}

// CalibrationBins has NaN where a bin is empty. ExpectedCalibrationError is nil if nothing is counted.
type CalibrationBins struct {
	Counts                   []int    `json:"counts"`
	MeanConfidence           Numbers  `json:"mean_confidence"`
	ObservedRate             Numbers  `json:"observed_rate"`
	ExpectedCalibrationError *float64 `json:"expected_calibration_error"`
}

// Numbers has NaN where the JSON has null.
type Numbers []float64

// UnmarshalJSON reads a list of numbers and nulls; null in its place is nil.
func (n *Numbers) UnmarshalJSON(text []byte) error {
	var items []*float64
	if err := json.Unmarshal(text, &items); err != nil || items == nil {
		return err
	}
	*n = make(Numbers, len(items))
	for i, item := range items {
		(*n)[i] = orNaN(item)
	}
	return nil
}
