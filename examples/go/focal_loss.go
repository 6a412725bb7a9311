// Sends one batch of logits and labels as safetensors, and checks the loss and the gradients in the response against a
// reference. Requires the standard library only.
//
//	go run focal_loss.go http://127.0.0.1:8080 ../iris-logits.csv
package main

import (
	"bytes"
	"encoding/binary"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"io"
	"log"
	"math"
	"net/http"
	"os"
	"strconv"
	"time"
)

// Tensor is an entry of a safetensors header. Offsets are relative to the end of the header.
type Tensor struct {
	Dtype   string `json:"dtype"`
	Shape   []int  `json:"shape"`
	Offsets [2]int `json:"data_offsets"`
}

var client = http.Client{Timeout: 65 * time.Second}

// FocalLoss returns the mean loss and its gradients. Logits and gradients are [samples, classes], row-major.
func FocalLoss(url string, logits []float32, labels []uint8) (float64, []float32, error) {
	samples, classes := len(labels), len(logits)/len(labels)
	header, err := json.Marshal(map[string]any{
		// Each value is JSON, or a bare word.
		"__metadata__": map[string]string{"activation": "softmax", "gamma": "2", "outputs": `["loss", "gradients"]`},
		"logits":       Tensor{"F32", []int{samples, classes}, [2]int{0, 4 * len(logits)}},
		"labels":       Tensor{"U8", []int{samples}, [2]int{4 * len(logits), 4*len(logits) + samples}},
	})
	if err != nil {
		return 0, nil, err
	}
	var body bytes.Buffer
	for _, part := range []any{uint64(len(header)), header, logits, labels} {
		if err := binary.Write(&body, binary.LittleEndian, part); err != nil {
			return 0, nil, err
		}
	}

	response, err := client.Post(url+"/v1/focal-loss", "application/vnd.safetensors", &body)
	if err != nil {
		return 0, nil, err
	}
	defer response.Body.Close()
	file, err := io.ReadAll(response.Body)
	if err != nil {
		return 0, nil, err
	}
	if response.StatusCode != http.StatusOK {
		return 0, nil, fmt.Errorf("%s: %s", response.Status, file) // A problem document, which describes the error.
	}

	data := 8 + binary.LittleEndian.Uint64(file)
	var responseHeader struct {
		Metadata struct {
			Response string `json:"response"`
		} `json:"__metadata__"`
		Gradients Tensor `json:"gradients"`
	}
	if err := json.Unmarshal(file[8:data], &responseHeader); err != nil {
		return 0, nil, err
	}
	var summary struct {
		Loss float64 `json:"loss"`
	}
	if err := json.Unmarshal([]byte(responseHeader.Metadata.Response), &summary); err != nil {
		return 0, nil, err
	}
	gradients := make([]float32, len(logits))
	gradientBytes := file[data:][responseHeader.Gradients.Offsets[0]:responseHeader.Gradients.Offsets[1]]
	err = binary.Read(bytes.NewReader(gradientBytes), binary.LittleEndian, gradients)
	return summary.Loss, gradients, err
}

// referenceFocalLoss is the reference in float64, for gamma 2.
func referenceFocalLoss(logits []float32, labels []uint8) (loss float64, gradients []float64) {
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
			if c == int(label) {
				target = 1
			}
			gradients = append(gradients, factor*(target-probabilities[c]))
		}
	}
	return loss, gradients
}

func readBatch(path string) (logits []float32, labels []uint8, err error) {
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
		label, err := strconv.ParseUint(row[len(row)-1], 10, 8)
		if err != nil {
			return nil, nil, err
		}
		labels = append(labels, uint8(label))
	}
	return logits, labels, nil
}

func main() {
	if len(os.Args) != 3 {
		log.Fatal("usage: go run focal_loss.go URL CSV")
	}
	logits, labels, err := readBatch(os.Args[2])
	if err != nil {
		log.Fatal(err)
	}
	loss, gradients, err := FocalLoss(os.Args[1], logits, labels)
	if err != nil {
		log.Fatal(err)
	}

	expected, expectedGradients := referenceFocalLoss(logits, labels)
	maxDifference := 0.0
	for i, gradient := range gradients {
		maxDifference = math.Max(maxDifference, math.Abs(float64(gradient)-expectedGradients[i]))
	}
	fmt.Printf("%d samples, loss %.9f, reference %.9f, largest gradient difference %.1e\n",
		len(labels), loss, expected, maxDifference)
	if math.Abs(loss/expected-1) > 1e-6 || maxDifference > 1e-8 {
		log.Fatal("expected the loss and the gradients of the reference")
	}
}
