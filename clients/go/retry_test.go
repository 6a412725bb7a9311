package focalloss

import (
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"
)

var emptyResult = withHeader(`{"__metadata__":{"response":"{\"loss\":1,\"denominator\":1}"}}`)

// fakeService responds with these, one after the other, and then with the last one.
func fakeService(t *testing.T, responses ...http.HandlerFunc) (*Client, *atomic.Int32) {
	var calls atomic.Int32
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		responses[min(int(calls.Add(1)), len(responses))-1](w, r)
	}))
	t.Cleanup(server.Close)
	return &Client{URL: server.URL + "/prefix/"}, &calls
}

func succeed(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte(emptyResult)) }

func problem(status int, code, retryAfter string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		if retryAfter != "" {
			w.Header().Set("Retry-After", retryAfter)
		}
		w.WriteHeader(status)
		_, _ = w.Write([]byte(`{"code":"` + code + `","title":"Title","detail":"what is wrong"}`))
	}
}

func disconnect(w http.ResponseWriter, _ *http.Request) {
	connection, _, err := w.(http.Hijacker).Hijack()
	if err == nil {
		_ = connection.Close()
	}
}

func TestRequestHasPathAndHeaders(t *testing.T) {
	client, _ := fakeService(t, func(w http.ResponseWriter, r *http.Request) {
		if r.Method != "POST" || r.URL.Path != "/prefix/v1/focal-loss" {
			t.Errorf("expected POST /prefix/v1/focal-loss, got %s %s", r.Method, r.URL.Path)
		}
		for name, value := range map[string]string{
			"Content-Type":    "application/vnd.safetensors",
			"Authorization":   "Bearer secret",
			"Accept-Encoding": "",
		} {
			if r.Header.Get(name) != value {
				t.Errorf("expected %s %q, got %q", name, value, r.Header.Get(name))
			}
		}
		succeed(w, r)
	})
	client.APIKey = "secret"
	if result, err := client.FocalLoss(context.Background(), twoSamples, Options{}); err != nil || result.Loss != 1 {
		t.Fatal(result, err)
	}
}

func TestRetriesUntilTheServiceResponds(t *testing.T) {
	client, calls := fakeService(t,
		problem(429, "queue_full", "0"), disconnect, problem(503, "not_ready", ""), problem(502, "", ""), succeed)
	var waits []time.Duration
	client.OnRetry = func(_ error, wait time.Duration) { waits = append(waits, wait) }
	if _, err := client.FocalLoss(context.Background(), twoSamples, Options{}); err != nil {
		t.Fatal(err)
	}
	if calls.Load() != 5 || len(waits) != 4 || waits[0] != 0 {
		t.Fatalf("expected four retries, the first at once, got %d calls, waits %v", calls.Load(), waits)
	}
	for i, wait := range waits[1:] {
		if least := firstWait << (i + 1); wait < least || wait > least*5/4 {
			t.Errorf("expected a wait of %v or a quarter more, got %v", least, wait)
		}
	}
}

func TestWaitsAsLongAsTheServiceSays(t *testing.T) {
	client, _ := fakeService(t, problem(503, "shutting_down", "1"), succeed)
	start := time.Now()
	if _, err := client.FocalLoss(context.Background(), twoSamples, Options{}); err != nil {
		t.Fatal(err)
	}
	if waited := time.Since(start); waited < time.Second {
		t.Errorf("expected a wait of 1 s, got %v", waited)
	}
}

func TestDoesNotWaitLongerThanItMayRetry(t *testing.T) {
	client, calls := fakeService(t, problem(429, "queue_full", "3600"))
	_, err := client.FocalLoss(context.Background(), twoSamples, Options{})
	var problem *ServiceError
	if !errors.As(err, &problem) || problem.Code != "queue_full" || problem.Status != 429 || calls.Load() != 1 {
		t.Fatalf("expected a full queue after one call, got %v after %d", err, calls.Load())
	}
}

func TestInvalidRequestsAreNotRetried(t *testing.T) {
	client, calls := fakeService(t, problem(422, "invalid_request", "1"))
	_, err := client.FocalLoss(context.Background(), twoSamples, Options{})
	if err == nil || err.Error() != "focalloss: 422 invalid_request: what is wrong" || calls.Load() != 1 {
		t.Fatalf("expected the error after one call, got %v after %d", err, calls.Load())
	}
}

func TestRetriesCanBeTurnedOff(t *testing.T) {
	client, calls := fakeService(t, problem(503, "not_ready", "0"))
	client.MaxRetryTime = -1
	if _, err := client.FocalLoss(context.Background(), twoSamples, Options{}); err == nil || calls.Load() != 1 {
		t.Fatalf("expected an error after one call, got %v after %d", err, calls.Load())
	}
}

func TestContextEndsAWait(t *testing.T) {
	client, _ := fakeService(t, problem(503, "not_ready", "30"))
	ctx, cancel := context.WithTimeout(context.Background(), 50*time.Millisecond)
	defer cancel()
	start := time.Now()
	_, err := client.FocalLoss(ctx, twoSamples, Options{})
	if !errors.Is(err, context.DeadlineExceeded) || time.Since(start) > 5*time.Second {
		t.Fatalf("expected the deadline of the context, got %v after %v", err, time.Since(start))
	}
	if !strings.Contains(err.Error(), "not_ready") {
		t.Errorf("expected the reason of the wait, too, got %v", err)
	}
}

func TestContextEndsARequest(t *testing.T) {
	client, calls := fakeService(t, func(_ http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body) // The server notices a disconnection only behind the body.
		<-r.Context().Done()
	})
	ctx, cancel := context.WithCancel(context.Background())
	time.AfterFunc(50*time.Millisecond, cancel)
	_, err := client.FocalLoss(ctx, twoSamples, Options{})
	if !errors.Is(err, context.Canceled) || calls.Load() != 1 {
		t.Fatalf("expected that the call is cancelled, got %v after %d", err, calls.Load())
	}
}

func TestNothingListeningIsToldWithinThreeSeconds(t *testing.T) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	address := "http://" + listener.Addr().String()
	listener.Close()
	start := time.Now()
	_, err = (&Client{URL: address}).FocalLoss(context.Background(), twoSamples, Options{})
	var broken *ConnectionError
	if !errors.As(err, &broken) || time.Since(start) > 3500*time.Millisecond {
		t.Fatalf("expected no connection within 3 s, got %v after %v", err, time.Since(start))
	}
	if message := err.Error(); !strings.Contains(message, address) || !strings.Contains(message, "npm start") {
		t.Errorf("expected the address and how to start the service, got %s", message)
	}
}

func TestWrongURLsAreToldAtOnce(t *testing.T) {
	for _, url := range []string{"", "localhost:8080", "127.0.0.1:8080", "ftp://127.0.0.1", "http://"} {
		start := time.Now()
		_, err := (&Client{URL: url}).FocalLoss(context.Background(), twoSamples, Options{})
		if err == nil || !strings.Contains(err.Error(), "focalloss: URL") || time.Since(start) > time.Second {
			t.Errorf("%q: expected an error at once, got %v", url, err)
		}
	}
}

func TestAnotherProgramsResponse(t *testing.T) {
	client, _ := fakeService(t, func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(404)
		_, _ = w.Write([]byte(strings.Repeat("<html>", 1000)))
	})
	_, err := client.FocalLoss(context.Background(), twoSamples, Options{})
	if err == nil || !strings.HasPrefix(err.Error(), "focalloss: 404 Not Found: <html>") || len(err.Error()) > 400 {
		t.Errorf("expected the beginning of the response, got %v", err)
	}
}

func TestRetryAfter(t *testing.T) {
	for header, expected := range map[string]time.Duration{
		"0":  0,
		"12": 12 * time.Second,
		time.Now().Add(-time.Hour).UTC().Format(http.TimeFormat): 0,
	} {
		if wait := parseRetryAfter(header); wait == nil || *wait != expected {
			t.Errorf("%q: expected %v, got %v", header, expected, wait)
		}
	}
	for _, header := range []string{"", "soon", "-1", "1.5", "99999999999999999999"} {
		if wait := parseRetryAfter(header); wait != nil {
			t.Errorf("%q: expected none, got %v", header, *wait)
		}
	}
}

func TestGoroutinesShareAClient(t *testing.T) {
	client, calls := fakeService(t, problem(503, "not_ready", "0"), succeed)
	errs := make(chan error)
	for range 8 {
		go func() {
			_, err := client.FocalLoss(context.Background(), twoSamples, Options{})
			errs <- err
		}()
	}
	for range 8 {
		if err := <-errs; err != nil {
			t.Error(err)
		}
	}
	if calls.Load() != 9 {
		t.Errorf("expected 8 calls and a retry, got %d", calls.Load())
	}
}
