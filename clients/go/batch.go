package focalloss

import (
	"encoding/json"
	"fmt"
	"math"
)

// Batch is predictions and their labels. A sample is a position outside the class axis, and an element is one class of one
// sample.
type Batch struct {
	// Shape is that of the predictions, of rank 1 to 5: [samples, classes], or [samples] for one binary class, or with
	// Options.ClassAxis 1 channels first, such as [images, classes, height, width].
	Shape []int
	// Logits or Probabilities, row-major: exactly one of them.
	Logits        []float32
	Probabilities []float32
	// Labels are ClassIndices or DenseLabels.
	Labels Labels
	// SampleWeights, if there are any, are ≥ 0, one per sample.
	SampleWeights []float32
	// ElementWeights, if there are any, are ≥ 0, one per element; sigmoid only.
	ElementWeights []float32
}

// Labels are ClassIndices or DenseLabels.
type Labels interface{ isLabels() }

// ClassIndices has one label per sample: a class from 0 on, or Options.IgnoreIndex or BackgroundIndex. Of one class under
// sigmoid it has 0 for negative and 1 for positive samples.
type ClassIndices []int

// DenseLabels has one label per element, in the shape of the predictions: each in [0, 1], or Options.IgnoreIndex.
type DenseLabels []float32

func (ClassIndices) isLabels() {}
func (DenseLabels) isLabels()  {}

// grid is what a sweep evaluates.
type grid struct {
	Gammas []float64 `json:"gammas"`
	Alphas []Alpha   `json:"alphas,omitempty"`
}

// encodeRequest returns the file of one loss, or of a sweep if there is a grid.
func encodeRequest(batch Batch, options Options, grid *grid) ([]byte, error) {
	metadata := map[string]string{}
	if err := addMembers(metadata, options); err != nil {
		return nil, err
	}
	if grid != nil {
		if err := addMembers(metadata, grid); err != nil {
			return nil, err
		}
	}
	tensors, err := batch.tensors(options.ClassAxis)
	if err != nil {
		return nil, err
	}
	return encodeFile(tensors, metadata)
}

// addMembers adds the JSON of each member of a struct.
func addMembers(metadata map[string]string, members any) error {
	text, err := json.Marshal(members)
	if err != nil {
		return fmt.Errorf("focalloss: %w", err)
	}
	var values map[string]json.RawMessage
	if err := json.Unmarshal(text, &values); err != nil {
		return fmt.Errorf("focalloss: %w", err)
	}
	for name, value := range values {
		metadata[name] = string(value)
	}
	return nil
}

// tensors has the predictions last: the service computes with those of a large file while the rest is on its way.
func (b Batch) tensors(classAxis *int) ([]tensor, error) {
	samples := b.sampleShape(classAxis)
	var tensors []tensor
	switch labels := b.Labels.(type) {
	case ClassIndices:
		indices := make([]int32, len(labels))
		for i, label := range labels {
			if label < math.MinInt32 || label > math.MaxInt32 {
				return nil, fmt.Errorf("focalloss: expected labels of 32 bits, got %d at %d", label, i)
			}
			indices[i] = int32(label)
		}
		tensors = append(tensors, tensor{"labels", samples, indices})
	case DenseLabels:
		tensors = append(tensors, tensor{"labels", b.Shape, []float32(labels)})
	}
	if b.SampleWeights != nil {
		tensors = append(tensors, tensor{"sample_weights", samples, b.SampleWeights})
	}
	if b.ElementWeights != nil {
		tensors = append(tensors, tensor{"element_weights", b.Shape, b.ElementWeights})
	}
	if b.Probabilities != nil {
		tensors = append(tensors, tensor{"probabilities", b.Shape, b.Probabilities})
	}
	if b.Logits != nil {
		tensors = append(tensors, tensor{"logits", b.Shape, b.Logits})
	}
	return tensors, nil
}

// sampleShape is the predictions' shape without the class axis. The service reports an axis that there is not.
func (b Batch) sampleShape(classAxis *int) []int {
	if len(b.Shape) < 2 {
		return b.Shape
	}
	axis := len(b.Shape) - 1
	if classAxis != nil {
		axis = *classAxis
	}
	if axis < 0 {
		axis += len(b.Shape)
	}
	if axis < 0 || axis >= len(b.Shape) {
		return b.Shape
	}
	return append(append([]int{}, b.Shape[:axis]...), b.Shape[axis+1:]...)
}
