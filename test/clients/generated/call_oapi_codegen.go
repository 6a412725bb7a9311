// Calls the service by the client that oapi-codegen has made. Argument: the URL.
package main

import (
	"context"
	"log"
	"math"
	"os"

	focalloss "generated/client"
)

func main() {
	client, err := focalloss.NewClientWithResponses(os.Args[1])
	if err != nil {
		log.Fatal(err)
	}
	logits := focalloss.Tensor{[]float64{2.2, -1.3, -4.0}, []float64{-3.1, 0.4, 0.7}}
	activation := focalloss.FocalLossRequestActivation("softmax")
	request := focalloss.FocalLossRequest{Logits: &logits, Labels: focalloss.Labels{0, 1}, Activation: &activation, Gamma: 2}
	response, err := client.ComputeFocalLossWithResponse(context.Background(), request)
	if err != nil {
		log.Fatal(err)
	}
	if response.JSON200 == nil {
		log.Fatalf("expected the status 200, got %s", response.Body)
	}
	if loss := *response.JSON200.Loss; math.Abs(loss-0.14578620167165574) > 1e-12 {
		log.Fatalf("expected the loss 0.14578620167165574, got %v", loss)
	}

	request.Labels = focalloss.Labels{0, 3}
	if response, err = client.ComputeFocalLossWithResponse(context.Background(), request); err != nil {
		log.Fatal(err)
	}
	if problem := response.ApplicationproblemJSON422; problem == nil || problem.Status != 422 {
		log.Fatalf("expected a problem of status 422, got %s", response.Body)
	}
}
