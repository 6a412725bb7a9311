package focalloss

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"strconv"
	"time"
)

const (
	defaultMaxRetryTime = 60 * time.Second
	// maxFirstRetryTime is for how long a service that has never responded is tried: its URL is probably wrong.
	maxFirstRetryTime = 3 * time.Second
	firstWait         = 100 * time.Millisecond
	maxWait           = 5 * time.Second
	// jitter spreads the retries of clients that were rejected at the same moment.
	jitter = 0.25
)

// post sends a body until there is a result, an error that would come again, or no time.
func (c *Client) post(ctx context.Context, path string, body []byte) ([]byte, error) {
	address, err := c.address(path)
	if err != nil {
		return nil, err
	}
	start := time.Now()
	nextWait := firstWait
	for {
		response, retryAfter, err := c.attempt(ctx, address, body)
		if err == nil {
			return response, nil
		}
		if ctx.Err() != nil {
			return nil, fmt.Errorf("focalloss: %w", context.Cause(ctx))
		}
		if !isRetryable(err) {
			return nil, err
		}
		wait := nextWait
		if retryAfter != nil {
			wait = *retryAfter
		}
		nextWait = min(2*nextWait, maxWait)
		wait += time.Duration(jitter * rand.Float64() * float64(wait))
		if time.Since(start)+wait > c.maxRetryTime() {
			return nil, err
		}
		if c.OnRetry != nil {
			c.OnRetry(err, wait)
		}
		if ended := sleep(ctx, wait); ended != nil {
			return nil, fmt.Errorf("%w, while waiting because of: %w", ended, err)
		}
	}
}

// attempt sends a body once. With an error it returns the wait that the service asks for, if it does.
func (c *Client) attempt(ctx context.Context, address string, body []byte) ([]byte, *time.Duration, error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, address, bytes.NewReader(body))
	if err != nil {
		return nil, nil, fmt.Errorf("focalloss: %w", err)
	}
	request.Header.Set("Content-Type", "application/vnd.safetensors")
	// Sweeps respond with JSON, errors always do.
	request.Header.Set("Accept", "application/vnd.safetensors, application/json;q=0.9")
	if c.APIKey != "" {
		request.Header.Set("Authorization", "Bearer "+c.APIKey)
	}
	httpClient := c.HTTPClient
	if httpClient == nil {
		httpClient = defaultHTTPClient
	}
	response, err := httpClient.Do(request)
	if err != nil {
		return nil, nil, &ConnectionError{c.URL, err, c.hasConnected.Load()}
	}
	defer response.Body.Close()
	c.hasConnected.Store(true)
	content, err := io.ReadAll(response.Body)
	if err != nil {
		return nil, nil, &ConnectionError{c.URL, err, true}
	}
	if response.StatusCode != http.StatusOK {
		return nil, parseRetryAfter(response.Header.Get("Retry-After")), serviceError(response.StatusCode, content)
	}
	return content, nil, nil
}

func (c *Client) maxRetryTime() time.Duration {
	maxTime := c.MaxRetryTime
	if maxTime == 0 {
		maxTime = defaultMaxRetryTime
	}
	if !c.hasConnected.Load() {
		maxTime = min(maxTime, maxFirstRetryTime)
	}
	return maxTime
}

func isRetryable(err error) bool {
	var problem *ServiceError
	if errors.As(err, &problem) {
		return problem.IsRetryable()
	}
	var broken *ConnectionError
	return errors.As(err, &broken)
}

// parseRetryAfter reads a number of seconds or a date; nil if there is neither.
func parseRetryAfter(header string) *time.Duration {
	var wait time.Duration
	if seconds, err := strconv.ParseUint(header, 10, 31); err == nil {
		wait = time.Duration(seconds) * time.Second
	} else if date, err := http.ParseTime(header); err == nil {
		wait = max(time.Until(date), 0)
	} else {
		return nil
	}
	return &wait
}

func sleep(ctx context.Context, wait time.Duration) error {
	timer := time.NewTimer(wait)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return context.Cause(ctx)
	case <-timer.C:
		return nil
	}
}
