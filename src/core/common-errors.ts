import { ServiceError, type ValidationIssue } from './service-error.ts';

// Errors that more than one place raises, so that each message stands once.

/** A request with a single issue. */
export function invalidRequest(issue: ValidationIssue): ServiceError {
  return new ServiceError('invalid_request', `${issue.pointer}: ${issue.message}`, { issues: [issue] });
}

export function crossSiteRequest(): ServiceError {
  const message =
    "expected a request of this service's own pages or of a program, got one of another site's page in a browser";
  return new ServiceError('cross_site_request', message);
}

export function notReady(): ServiceError {
  return new ServiceError('not_ready', 'The engine is warming up', { retryAfterSeconds: 1 });
}

export function shuttingDown(): ServiceError {
  return new ServiceError('shutting_down', 'The service is shutting down', { retryAfterSeconds: 1 });
}

export function queueFull(limit: number, retryAfterSeconds: number): ServiceError {
  return new ServiceError('queue_full', `The queue is full: ${limit} batches are waiting`, { retryAfterSeconds });
}

export function threadLost(cause: unknown): ServiceError {
  const message = 'The thread that processed this batch ended; a new one replaces it';
  return new ServiceError('engine_unavailable', message, { retryAfterSeconds: 1, cause });
}

export function deadlineExceeded(): ServiceError {
  return new ServiceError(
    'deadline_exceeded',
    'The batch was not evaluated within REQUEST_TIMEOUT_MS, or within the `timeout` of its request',
  );
}

export function requestTimeout(): ServiceError {
  return new ServiceError('request_timeout', 'expected the headers within 15 s and the body within UPLOAD_TIMEOUT_MS');
}

/** @param cure what to do about it; empty if that is not known */
export function bodyTooLarge(limit: number, got: string, cure = ''): ServiceError {
  return new ServiceError('body_too_large', `expected a body of at most ${limit} bytes, got ${got}${cure}`);
}
