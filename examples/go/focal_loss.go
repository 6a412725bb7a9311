// Sends one batch of logits and labels by the package in clients/go, and checks the loss and the gradients in the response
// against a reference.
//
//	go run . http://127.0.0.1:8080 ../iris-logits.csv
package main

import (
	"context"
	"encoding/csv"
	"fmt"
	"log"
	"math"
	"os"
	"strconv"

	focalloss "github.com/focal-loss-service/focal-loss-service/clients/go"
)

// referenceFocalLoss is the reference in float64, for gamma 2.
func referenceFocalLoss(logits []float32, labels []int) (loss float64, gradients []float64) {
	classes := len(logits) / len(labels)
	for i, label := range labels {
		probabilities := make([]float64, classes)
		total := 0.0
		for c := range probabilities {
			probabilities[c] = math.Exp(float64(logits[i*classes+c]))
			total += probabilities[c]
		}
		for c := range probabilities {
			probabilities[c] /= total
		}
		p := probabilities[label]
		q := 1 - p
		loss -= q * q * math.Log(p) / float64(len(labels))
		factor := q * (2*p*math.Log(p) - q) / float64(len(labels))
		for c := range probabilities {
			target := 0.0
			if c == label {
				target = 1
			}
			gradients = append(gradients, factor*(target-probabilities[c]))
		}
	}
	return loss, gradients
}

func readBatch(path string) (logits []float32, labels []int, err error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, nil, err
	}
	defer file.Close()
	rows, err := csv.NewReader(file).ReadAll()
	if err != nil {
		return nil, nil, err
	}
	for _, row := range rows[1:] {
		for _, field := range row[:len(row)-1] {
			logit, err := strconv.ParseFloat(field, 32)
			if err != nil {
				return nil, nil, err
			}
			logits = append(logits, float32(logit))
		}
		label, err := strconv.Atoi(row[len(row)-1])
		if err != nil {
			return nil, nil, err
		}
		labels = append(labels, label)
	}
	return logits, labels, nil
}

func main() {
	if len(os.Args) != 3 {
		log.Fatal("usage: go run . URL CSV")
	}
	logits, labels, err := readBatch(os.Args[2])
	if err != nil {
		log.Fatal(err)
	}

	client := &focalloss.Client{URL: os.Args[1]}
	batch := focalloss.Batch{
		Shape:  []int{len(labels), len(logits) / len(labels)},
		Logits: logits,
		Labels: focalloss.ClassIndices(labels),
	}
	options := focalloss.Options{
		Activation: focalloss.Softmax,
		Gamma:      focalloss.Number(2),
		ClassNames: []string{"setosa", "versicolor", "virginica"},
	}
	result, err := client.FocalLoss(context.Background(), batch, options)
	if err != nil {
		log.Fatal(err) // It says what the service found wrong, and where.
	}
	for _, class := range result.PerClass {
		fmt.Printf("%-10s %4.1f %% of the cross-entropy, %4.1f %% of the focal loss\n",
			class.Name, 100*class.CrossEntropy.Share, 100*class.Loss.Share)
	}

	expected, expectedGradients := referenceFocalLoss(logits, labels)
	maxDifference := 0.0
	for i, gradient := range result.Gradients {
		maxDifference = math.Max(maxDifference, math.Abs(float64(gradient)-expectedGradients[i]))
	}
	fmt.Printf("%d samples, loss %.9f, reference %.9f, largest gradient difference %.1e\n",
		len(labels), result.Loss, expected, maxDifference)
	if len(result.Gradients) != len(expectedGradients) || math.Abs(result.Loss/expected-1) > 1e-6 || maxDifference > 1e-8 {
		log.Fatal("expected the loss and the gradients of the reference")
	}
}
