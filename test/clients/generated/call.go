// Calls the service by the client that OpenAPI Generator has made for Go. Argument: the URL.
package main

import (
	"context"
	"log"
	"math"
	"os"

	focalloss "generated/client"
)

func main() {
	configuration := focalloss.NewConfiguration()
	configuration.Servers = focalloss.ServerConfigurations{{URL: os.Args[1]}}
	client := focalloss.NewAPIClient(configuration)

	request := focalloss.NewFocalLossRequest([]any{0, 1})
	request.SetLogits([]any{[]float64{2.2, -1.3, -4.0}, []float64{-3.1, 0.4, 0.7}})
	request.SetActivation("softmax")
	result, _, err := client.LossAPI.ComputeFocalLoss(context.Background()).FocalLossRequest(*request).Execute()
	if err != nil {
		log.Fatal(err)
	}
	if loss := result.GetLoss(); math.Abs(loss-0.14578620167165574) > 1e-12 {
		log.Fatalf("expected the loss 0.14578620167165574, got %v", loss)
	}

	request.Labels = []any{0, 3}
	if _, response, err := client.LossAPI.ComputeFocalLoss(context.Background()).FocalLossRequest(*request).Execute(); err == nil || response.StatusCode != 422 {
		log.Fatalf("expected the status 422, got %v", response)
	}
}
