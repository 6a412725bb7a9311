package focalloss

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
)

// maxDetailBytes is how much is shown of a response that is not one of this service.
const maxDetailBytes = 300

// ServiceError is a response of the service that is not a result: its problem document (RFC 9457).
type ServiceError struct {
	Status int    `json:"status"`
	Code   string `json:"code"` // Stable, such as invalid_request; empty if a proxy responded.
	Title  string `json:"title"`
	Detail string `json:"detail"`
	// RequestID identifies the request in the log of the service.
	RequestID string `json:"request_id"`
	// Errors are the mistakes in the request, at most 20, and More is how many others there are.
	Errors []ValidationIssue `json:"errors"`
	More   int               `json:"more"`
}

// ValidationIssue is one mistake in a request.
type ValidationIssue struct {
	Pointer string `json:"pointer"` // A JSON pointer to the value, such as /labels/3.
	Message string `json:"message"` // What was expected, what was sent, and what to do.
	Index   []int  `json:"index"`   // The coordinates of the value in its tensor.
}

// Error has one line for each mistake.
func (e *ServiceError) Error() string {
	name := e.Code
	if name == "" {
		name = e.Title
	}
	lines := []string{fmt.Sprintf("focalloss: %d %s: %s", e.Status, name, e.Detail)}
	for i, issue := range e.Errors {
		if i > 0 { // The detail repeats the first mistake.
			lines = append(lines, fmt.Sprintf("  %s: %s", issue.Pointer, issue.Message))
		}
	}
	if e.More > 0 {
		lines = append(lines, fmt.Sprintf("  and %d more", e.More))
	}
	return strings.Join(lines, "\n")
}

// IsRetryable is whether the same request may succeed later. Proxies in front of the service send 502 and 503, too.
func (e *ServiceError) IsRetryable() bool {
	switch e.Status {
	case http.StatusTooManyRequests, http.StatusBadGateway, http.StatusServiceUnavailable:
		return true
	}
	return false
}

// ConnectionError is that the service could not be reached, or that a connection broke.
type ConnectionError struct {
	URL string
	Err error
	// hasConnected is whether the client has had any response before.
	hasConnected bool
}

// Error says how to start the service if it has never responded.
func (e *ConnectionError) Error() string {
	if e.hasConnected {
		return fmt.Sprintf("focalloss: no response from %s: %v", e.URL, e.Err)
	}
	return fmt.Sprintf("focalloss: cannot reach %s: %v; is the service running? `npm start` in its folder starts it", e.URL, e.Err)
}

// Unwrap returns the cause.
func (e *ConnectionError) Unwrap() error { return e.Err }

// serviceError reads the body of a response whose status is not 200.
func serviceError(status int, body []byte) *ServiceError {
	var problem ServiceError
	if err := json.Unmarshal(body, &problem); err != nil || problem.Code == "" {
		detail := body[:min(len(body), maxDetailBytes)]
		problem = ServiceError{Title: http.StatusText(status), Detail: strings.ToValidUTF8(string(detail), "�")}
	}
	problem.Status = status
	return &problem
}
