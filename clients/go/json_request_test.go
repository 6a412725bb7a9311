package focalloss

import (
	"fmt"
	"strconv"
	"testing"
)

// Requests in JSON as the arguments of FocalLoss.

// toCall converts a request in JSON to the arguments of FocalLoss.
func toCall(t *testing.T, request map[string]any) (batch Batch, options Options) {
	for name, value := range request {
		switch name {
		case "logits":
			batch.Shape, batch.Logits = shape(value), toFloat32(flatten(t, value, nil))
		case "probabilities":
			batch.Shape, batch.Probabilities = shape(value), toFloat32(flatten(t, value, nil))
		case "sample_weights":
			batch.SampleWeights = toFloat32(flatten(t, value, nil))
		case "element_weights":
			batch.ElementWeights = toFloat32(flatten(t, value, nil))
		case "gamma":
			options.Gamma = toGamma(t, value)
		case "alpha":
			options.Alpha = toAlpha(t, value)
		case "class_weights":
			options.ClassWeights = flatten(t, value, nil)
		case "normalizer":
			if number, ok := value.(float64); ok {
				options.Normalizer = Number(number)
			} else {
				options.Normalizer = normalizer(value.(string))
			}
		case "label_smoothing":
			options.LabelSmoothing = value.(float64)
		case "soft_labels":
			options.SoftLabels = value.(string)
		case "margin":
			options.Margin = value.(float64)
		case "poly_epsilon":
			options.PolyEpsilon = value.(float64)
		case "focusing":
			options.Focusing = value.(string)
		case "hessian_form":
			options.HessianForm = value.(string)
		case "reduction":
			options.Reduction = value.(string)
		case "ignore_index":
			options.IgnoreIndex = toInt(value)
		case "background_index":
			options.BackgroundIndex = toInt(value)
		case "class_axis":
			options.ClassAxis = toInt(value)
		case "activation":
			options.Activation = Activation(value.(string))
		case "labels", "outputs":
		default:
			t.Fatalf("unknown option %s", name)
		}
	}
	labels := flatten(t, request["labels"], nil)
	if len(shape(request["labels"])) == len(batch.Shape) && len(batch.Shape) > 1 {
		batch.Labels = DenseLabels(toFloat32(labels))
	} else {
		indices := make(ClassIndices, len(labels))
		for i, label := range labels {
			indices[i] = int(label)
		}
		batch.Labels = indices
	}
	return batch, options
}

func toGamma(t *testing.T, value any) Gamma {
	switch gamma := value.(type) {
	case float64:
		return Number(gamma)
	case map[string]any:
		return Sides{toGamma(t, gamma["positive"]), toGamma(t, gamma["negative"])}
	}
	return PerClass(flatten(t, value, nil))
}

func toAlpha(t *testing.T, value any) Alpha {
	switch alpha := value.(type) {
	case nil, string:
		return Off
	case float64:
		return Number(alpha)
	case map[string]any:
		if alpha["balanced"] == true {
			return Balanced
		}
		t.Fatalf("unknown alpha %v", alpha)
	}
	return PerClass(flatten(t, value, nil))
}

func toInt(value any) *int {
	integer := int(value.(float64))
	return &integer
}

func shape(value any) []int {
	list, ok := value.([]any)
	if !ok {
		return nil
	}
	return append([]int{len(list)}, shape(list[0])...)
}

func flatten(t *testing.T, value any, numbers []float64) []float64 {
	switch item := value.(type) {
	case []any:
		for _, each := range item {
			numbers = flatten(t, each, numbers)
		}
		return numbers
	case float64:
		return append(numbers, item)
	}
	number, err := strconv.ParseFloat(fmt.Sprint(value), 64)
	if err != nil {
		t.Fatal(err)
	}
	return append(numbers, number)
}

func toFloat32(numbers []float64) []float32 {
	floats := make([]float32, len(numbers))
	for i, number := range numbers {
		floats[i] = float32(number)
	}
	return floats
}

func toFloat64(floats []float32) []float64 {
	numbers := make([]float64, len(floats))
	for i, float := range floats {
		numbers[i] = float64(float)
	}
	return numbers
}
