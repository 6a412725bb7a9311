package focalloss

import (
	"encoding/json"
	"fmt"
	"math"
	"strings"
)

// Result is the focal loss of one batch. Arrays that Outputs does not request are nil, and numbers that it does not are NaN,
// as are those that are not defined, such as a share of 0.
type Result struct {
	// Loss is Sum divided by Denominator; NaN with the reduction "none".
	Loss float64
	// Sum of the losses of all elements.
	Sum float64
	// Denominator of the loss, the gradients, the Hessian and the breakdown.
	Denominator float64
	Counts      Counts
	// Gradients are ∂loss/∂input in the shape of the predictions, row-major.
	Gradients []float32
	// HessianDiagonal is ∂²loss/∂input² in the same shape.
	HessianDiagonal []float32
	// Elementwise are the losses before the division: in the same shape, under softmax without the class axis.
	Elementwise []float32
	// Posterior is what p stands for in a model that minimises this loss, in the shape of the predictions.
	Posterior []float32
	// Alpha has the weight of each class if Options.Alpha is Balanced or an EffectiveNumber.
	Alpha []float64
	// PerClass has one item per class.
	PerClass []ClassBreakdown
	// Difficulty is the histogram over p_t.
	Difficulty *Difficulty
	// Calibration compares confidence with the labels.
	Calibration *Calibration
	// Options in force as JSON, with defaults filled in.
	Options json.RawMessage
	// Warnings are what is most likely a mistake in the request.
	Warnings []Warning
	Engine   Engine
	Duration Duration
}

// Counts are the size of a batch.
type Counts struct {
	Samples   int `json:"samples"`
	Classes   int `json:"classes"`
	Elements  int `json:"elements"`
	Ignored   int `json:"ignored"`   // Elements that contribute nothing.
	Positives int `json:"positives"` // Elements whose label is at least 0.5.
}

// Warning is of a request that is valid and most likely a mistake.
type Warning struct {
	Code    string `json:"code"` // Stable, such as probabilities_as_logits.
	Message string `json:"message"`
	Pointer string `json:"pointer"` // A JSON pointer into the request.
}

// Engine is what computed the result.
type Engine struct {
	Name   string `json:"name"`
	Device string `json:"device"`
}

// Duration has the milliseconds of each phase in the service.
type Duration struct {
	Queue   float64 `json:"queue"`
	Decode  float64 `json:"decode"`
	Compute float64 `json:"compute"`
	Encode  float64 `json:"encode"`
}

// decodeResult reads a safetensors file.
func decodeResult(bytes []byte) (*Result, error) {
	result, err := readResult(bytes)
	if err != nil {
		return nil, fmt.Errorf("focalloss: unexpected response: %w", err)
	}
	return result, nil
}

func readResult(bytes []byte) (*Result, error) {
	file, err := decodeFile(bytes)
	if err != nil {
		return nil, err
	}
	var response struct {
		Loss        *float64        `json:"loss"`
		Sum         *float64        `json:"sum"`
		Denominator float64         `json:"denominator"`
		Counts      Counts          `json:"counts"`
		ClassNames  []string        `json:"class_names"`
		Difficulty  *Difficulty     `json:"difficulty"`
		Calibration *Calibration    `json:"calibration"`
		Options     json.RawMessage `json:"options"`
		Warnings    []Warning       `json:"warnings"`
		Engine      Engine          `json:"engine"`
		Duration    Duration        `json:"duration_ms"`
	}
	if err := json.Unmarshal([]byte(file.metadata["response"]), &response); err != nil {
		return nil, fmt.Errorf("metadata response: %w", err)
	}
	result := &Result{
		Loss:        orNaN(response.Loss),
		Sum:         orNaN(response.Sum),
		Denominator: response.Denominator,
		Counts:      response.Counts,
		Difficulty:  response.Difficulty,
		Calibration: response.Calibration,
		Options:     response.Options,
		Warnings:    response.Warnings,
		Engine:      response.Engine,
		Duration:    response.Duration,
	}
	for name, target := range map[string]*[]float32{
		"gradients":        &result.Gradients,
		"hessian_diagonal": &result.HessianDiagonal,
		"elementwise":      &result.Elementwise,
		"posterior":        &result.Posterior,
	} {
		if *target, err = file.float32s(name); err != nil {
			return nil, err
		}
	}
	if result.Alpha, err = file.float64s("alpha"); err != nil {
		return nil, err
	}
	columns := map[string][]float64{}
	for name := range file.entries {
		if column, ok := strings.CutPrefix(name, "per_class."); ok {
			if columns[column], err = file.float64s(name); err != nil {
				return nil, err
			}
		}
	}
	result.PerClass = readBreakdown(columns, response.ClassNames)
	return result, nil
}

func orNaN(number *float64) float64 {
	if number == nil {
		return math.NaN()
	}
	return *number
}
