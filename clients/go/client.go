// Package focalloss calls focal-loss-service, which computes focal loss, its gradients and a per-class breakdown.
//
//	client := &focalloss.Client{URL: "http://127.0.0.1:8080"}
//	batch := focalloss.Batch{Shape: []int{2, 3}, Logits: logits, Labels: focalloss.ClassIndices{0, 1}}
//	result, err := client.FocalLoss(ctx, batch, focalloss.Options{Activation: focalloss.Softmax})
//
// Batches travel as safetensors files, and results come back as such. All tensors are row-major.
package focalloss

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"sync/atomic"
	"time"
)

// Client calls one service. Goroutines can share it, and with it the connections that it keeps. It must not be copied
// after the first call.
type Client struct {
	// URL is that of the service, such as http://127.0.0.1:8080, optionally with a path prefix.
	URL string
	// APIKey, if it is not empty, is sent as Authorization: Bearer.
	APIKey string
	// HTTPClient sends the requests. By default it keeps connections, and a request may take 65 s, which is longer than
	// the service takes before it gives up.
	HTTPClient *http.Client
	// MaxRetryTime is for how long one call is retried: 60 s by default. If it is negative, nothing is retried.
	MaxRetryTime time.Duration
	// OnRetry, if it is not nil, is told of each retry: why, and after which wait.
	OnRetry func(err error, wait time.Duration)

	hasConnected atomic.Bool
}

// defaultHTTPClient requests no compression, because gradients would hardly become smaller.
var defaultHTTPClient = &http.Client{Timeout: 65 * time.Second, Transport: newTransport()}

func newTransport() *http.Transport {
	transport := http.DefaultTransport.(*http.Transport).Clone()
	transport.DisableCompression = true
	transport.MaxIdleConnsPerHost = 16
	return transport
}

// FocalLoss evaluates a batch.
//
// Errors are a *ServiceError if the service rejects the request or stays unavailable, a *ConnectionError if it cannot be
// reached, and the context's own if that ends first. Overload, restarts and broken connections are retried: the same
// batch always yields the same result.
func (c *Client) FocalLoss(ctx context.Context, batch Batch, options Options) (*Result, error) {
	body, err := encodeRequest(batch, options, nil)
	if err != nil {
		return nil, err
	}
	file, err := c.post(ctx, "/v1/focal-loss", body)
	if err != nil {
		return nil, err
	}
	return decodeResult(file)
}

// Sweep evaluates a batch with every pair of a gamma and an alpha. If alphas is nil, alpha has its default; a nil item
// turns it off. Options must have neither Gamma, Alpha, HessianForm nor Outputs. Errors are those of FocalLoss.
func (c *Client) Sweep(
	ctx context.Context, batch Batch, gammas []float64, alphas []Alpha, options Options,
) (*SweepResult, error) {
	body, err := encodeRequest(batch, options, &grid{Gammas: gammas, Alphas: alphas})
	if err != nil {
		return nil, err
	}
	text, err := c.post(ctx, "/v1/focal-loss/sweep", body)
	if err != nil {
		return nil, err
	}
	var result SweepResult
	if err := json.Unmarshal(text, &result); err != nil {
		return nil, fmt.Errorf("focalloss: unexpected response: %w", err)
	}
	return &result, nil
}

// address returns the URL of a path, or an error for a URL that no retry would make valid.
func (c *Client) address(path string) (string, error) {
	base, err := url.Parse(c.URL)
	if err == nil && (base.Host == "" || base.Scheme != "http" && base.Scheme != "https") {
		err = errors.New("expected http://HOST:PORT or https://HOST:PORT")
	}
	if err != nil {
		return "", fmt.Errorf("focalloss: URL %q: %w", c.URL, err)
	}
	return base.JoinPath(path).String(), nil
}
