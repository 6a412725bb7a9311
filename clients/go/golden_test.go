package focalloss

import (
	"context"
	"encoding/json"
	"math"
	"os"
	"testing"
)

// Values from 60-digit arithmetic, which test/fixtures/README.md describes.
var goldenFiles = []string{"golden.json", "golden-element-weights.json", "golden-family.json"}

const (
	tolerance = 2e-6
	// minGradient is far below the rounding of gradients in float32.
	minGradient = 1e-12
)

type goldenCase struct {
	Name    string
	Request map[string]any
	Expect  map[string]any
}

func TestGoldenValues(t *testing.T) {
	client := &Client{URL: serviceURL(t)}
	for _, name := range goldenFiles {
		text, err := os.ReadFile("../../test/fixtures/" + name)
		if err != nil {
			t.Fatal(err)
		}
		var file struct{ Cases []goldenCase }
		if err := json.Unmarshal(text, &file); err != nil {
			t.Fatal(err)
		}
		if len(file.Cases) == 0 {
			t.Fatalf("%s has no cases", name)
		}
		for _, golden := range file.Cases {
			t.Run(name+"/"+golden.Name, func(t *testing.T) { checkGolden(t, client, golden) })
		}
	}
}

func checkGolden(t *testing.T, client *Client, golden goldenCase) {
	batch, options := toCall(t, golden.Request)
	options.Outputs = []string{"loss", "gradients", "hessian", "elementwise", "per_class"}
	result, err := client.FocalLoss(context.Background(), batch, options)
	if err != nil {
		t.Fatal(err)
	}
	if loss, ok := golden.Expect["loss"]; ok && loss != nil {
		check(t, "loss", []float64{result.Loss}, loss)
	}
	if result.Counts.Elements == 0 || len(result.PerClass) != result.Counts.Classes {
		t.Errorf("expected a breakdown of each class, got %d, counts %+v", len(result.PerClass), result.Counts)
	}
	total := 0.0
	for _, class := range result.PerClass {
		total += class.Loss.Total
	}
	if math.Abs(total-result.Sum/result.Denominator) > tolerance*math.Abs(total)+minGradient {
		t.Errorf("expected classes whose losses add up to %v, got %v", result.Sum/result.Denominator, total)
	}
	for name, actual := range map[string][]float32{
		"gradients":        result.Gradients,
		"hessian_diagonal": result.HessianDiagonal,
		"elementwise":      result.Elementwise,
	} {
		if expected, ok := golden.Expect[name]; ok {
			check(t, name, toFloat64(actual), expected)
		}
	}
}

// check compares with decimal strings, nested or not, relative to the largest of them: single ones may be 0.
func check(t *testing.T, name string, actual []float64, expected any) {
	t.Helper()
	numbers := flatten(t, expected, nil)
	if len(actual) != len(numbers) {
		t.Fatalf("%s: expected %d numbers, got %d", name, len(numbers), len(actual))
	}
	for i, number := range numbers {
		if math.Abs(actual[i]-number) > tolerance*math.Abs(number)+minGradient {
			t.Errorf("%s[%d]: expected %v, got %v", name, i, number, actual[i])
		}
	}
}
