package focalloss

import (
	"context"
	"errors"
	"math"
	"os"
	"strings"
	"testing"
)

// serviceURL is that of a running service; without one, the tests that need it are skipped.
func serviceURL(t *testing.T) string {
	url := os.Getenv("FOCAL_LOSS_URL")
	if url == "" {
		t.Skip("FOCAL_LOSS_URL is not set to the URL of a running service")
	}
	return url
}

var twoSamples = Batch{
	Shape:  []int{2, 3},
	Logits: []float32{2.2, -1.3, -4.0, -3.1, 0.4, 0.7},
	Labels: ClassIndices{0, 1},
}

func TestAllOutputs(t *testing.T) {
	client := &Client{URL: serviceURL(t)}
	result, err := client.FocalLoss(context.Background(), twoSamples, Options{
		Activation: Softmax,
		Alpha:      Balanced,
		ClassNames: []string{"cat", "dog", "owl"},
		Outputs:    []string{"loss", "gradients", "per_class", "elementwise", "hessian", "difficulty", "posterior", "calibration"},
	})
	if err != nil {
		t.Fatal(err)
	}
	check(t, "loss", []float64{result.Loss}, 0.14578620167165574)
	for name, length := range map[string][2]int{
		"gradients":   {6, len(result.Gradients)},
		"Hessian":     {6, len(result.HessianDiagonal)},
		"posterior":   {6, len(result.Posterior)},
		"elementwise": {2, len(result.Elementwise)},
		"alpha":       {3, len(result.Alpha)},
		"classes":     {3, len(result.PerClass)},
		"difficulty":  {20, len(result.Difficulty.Positives.CrossEntropy)},
		"calibration": {15, len(result.Calibration.Posterior.MeanConfidence)},
	} {
		if length[0] != length[1] {
			t.Errorf("expected %d of %s, got %d", length[0], name, length[1])
		}
	}
	owl := result.PerClass[2]
	if owl.Name != "owl" || owl.Negatives != 2 || !math.IsNaN(owl.MeanPt.Positive) || !math.IsNaN(owl.InitialLogit) {
		t.Errorf("expected a class without positives, got %+v", owl)
	}
	if dog := result.PerClass[1]; dog.Loss.Share < 0.999 || dog.FalseNegatives != 1 || dog.Prior != 0.5 {
		t.Errorf("expected a class with nearly all of the loss, got %+v", dog)
	}
	predicted := result.Calibration.Predicted
	if !math.IsNaN(predicted.MeanConfidence[0]) || predicted.ExpectedCalibrationError == nil {
		t.Errorf("expected an empty bin, got %+v", predicted)
	}
	if !strings.Contains(string(result.Options), `"gamma":2`) || result.Engine.Name == "" || result.Duration.Compute <= 0 {
		t.Errorf("expected options, engine and duration, got %s, %+v, %+v", result.Options, result.Engine, result.Duration)
	}
}

func TestWhatIsNotRequestedIsAbsent(t *testing.T) {
	client := &Client{URL: serviceURL(t)}
	options := Options{Reduction: "none", Outputs: []string{"gradients"}}
	result, err := client.FocalLoss(context.Background(), twoSamples, options)
	if err != nil {
		t.Fatal(err)
	}
	if !math.IsNaN(result.Loss) || len(result.PerClass) > 0 || result.Posterior != nil || result.Difficulty != nil {
		t.Errorf("expected gradients only, got %+v", result)
	}
}

func TestChannelsFirst(t *testing.T) {
	client := &Client{URL: serviceURL(t)}
	axis := 1
	// One image of 1 x 2 pixels with three channels: the same samples.
	image := Batch{
		Shape:         []int{1, 3, 1, 2},
		Logits:        []float32{2.2, -3.1, -1.3, 0.4, -4.0, 0.7},
		Labels:        ClassIndices{0, 1},
		SampleWeights: []float32{1, 1},
	}
	result, err := client.FocalLoss(context.Background(), image, Options{Activation: Softmax, ClassAxis: &axis})
	if err != nil {
		t.Fatal(err)
	}
	check(t, "loss", []float64{result.Loss}, 0.14578620167165574)
}

func TestEmptyBatch(t *testing.T) {
	client := &Client{URL: serviceURL(t)}
	empty := Batch{Shape: []int{0, 3}, Logits: []float32{}, Labels: ClassIndices{}}
	result, err := client.FocalLoss(context.Background(), empty, Options{})
	if err != nil {
		t.Fatal(err)
	}
	if result.Loss != 0 || len(result.Gradients) != 0 {
		t.Errorf("expected a loss of 0, got %+v", result)
	}
}

func TestWarnings(t *testing.T) {
	client := &Client{URL: serviceURL(t)}
	ignored := Batch{Shape: []int{2, 3}, Logits: twoSamples.Logits, Labels: ClassIndices{-100, -100}}
	result, err := client.FocalLoss(context.Background(), ignored, Options{})
	if err != nil {
		t.Fatal(err)
	}
	if len(result.Warnings) != 1 || result.Warnings[0].Code != "everything_ignored" {
		t.Errorf("expected a warning, got %+v", result.Warnings)
	}
}

func TestSweep(t *testing.T) {
	client := &Client{URL: serviceURL(t)}
	alphas := []Alpha{nil, Number(0.25), PerClass{0.1, 0.2, 0.3}, EffectiveNumber{Beta: 0.9, ClassCounts: []int{5, 3, 2}}}
	result, err := client.Sweep(context.Background(), twoSamples, []float64{0, 2}, alphas, Options{})
	if err != nil {
		t.Fatal(err)
	}
	if len(result.Grid) != 8 || len(result.Classes) != 3 || result.Grid[3].AlphaWeights == nil {
		t.Fatalf("expected 8 pairs and 3 classes, got %+v", result)
	}
	for i, point := range result.Grid {
		options := Options{Gamma: Number([]float64{0, 2}[i/4]), Alpha: alphas[i%4], Outputs: []string{"loss"}}
		if options.Alpha == nil {
			options.Alpha = Off
		}
		single, err := client.FocalLoss(context.Background(), twoSamples, options)
		if err != nil {
			t.Fatal(err)
		}
		check(t, "loss", []float64{point.Loss}, single.Loss)
	}
}

func TestServiceErrorNamesEachMistake(t *testing.T) {
	client := &Client{URL: serviceURL(t)}
	wrong := Batch{Shape: []int{2, 3}, Logits: twoSamples.Logits, Labels: ClassIndices{7, -3}}
	_, err := client.FocalLoss(context.Background(), wrong, Options{})
	var problem *ServiceError
	if !errors.As(err, &problem) || problem.Code != "invalid_request" || problem.Status != 422 {
		t.Fatalf("expected an invalid request, got %v", err)
	}
	if len(problem.Errors) != 2 || problem.Errors[0].Pointer != "/labels/0" || problem.RequestID == "" {
		t.Errorf("expected two mistakes, got %+v", problem)
	}
	if lines := strings.Split(err.Error(), "\n"); len(lines) != 2 || !strings.Contains(lines[0], "got 7") {
		t.Errorf("expected one line for each, got %s", err)
	}
}

func TestShapeThatDoesNotFitIsTheServicesError(t *testing.T) {
	client := &Client{URL: serviceURL(t)}
	wrong := Batch{Shape: []int{2, 4}, Logits: twoSamples.Logits, Labels: ClassIndices{0, 1}}
	_, err := client.FocalLoss(context.Background(), wrong, Options{})
	var problem *ServiceError
	if !errors.As(err, &problem) || !strings.Contains(err.Error(), "logits") {
		t.Fatalf("expected an error about the logits, got %v", err)
	}
}
