import { Failure, type FailureCode } from '../../core/service-error.ts';

/** A failure of each kind, for the documentation. */
export const EXAMPLE_FAILURES: Readonly<Record<FailureCode, Failure>> = {
  malformed_request: new Failure('malformed_request', 'The request is not HTTP/1.1: Invalid method encountered'),
  malformed_body: new Failure('malformed_body', 'The body is empty; expected a JSON object'),
  unauthorized: new Failure(
    'unauthorized',
    'expected an API key, as "Authorization: Bearer KEY" or "X-API-Key: KEY"; got none',
  ),
  not_found: new Failure('not_found', '/v1/focal-los is not a path of this service; /docs lists them'),
  method_not_allowed: new Failure('method_not_allowed', '/v1/focal-loss takes POST, not GET'),
  not_acceptable: new Failure('not_acceptable', 'expected an Accept header that allows application/json, got text/csv'),
  request_timeout: new Failure('request_timeout', 'expected the whole request within 300 s'),
  body_too_large: new Failure('body_too_large', 'expected a body of at most 67108864 bytes'),
  unsupported_media_type: new Failure(
    'unsupported_media_type',
    'expected the Content-Type application/json, got text/csv',
  ),
  invalid_request: new Failure('invalid_request', '/gama: unknown field "gama"; did you mean "gamma"?', {
    complaints: [{ pointer: '/gama', message: 'unknown field "gama"; did you mean "gamma"?' }],
  }),
  queue_full: new Failure('queue_full', '256 batches are waiting already', { retryAfterSeconds: 1 }),
  headers_too_large: new Failure('headers_too_large', 'expected at most 100 headers, 16384 bytes with the path'),
  internal: new Failure('internal', 'This is a bug; the log has the details under the request id'),
  not_ready: new Failure('not_ready', 'The engine is warming up', { retryAfterSeconds: 1 }),
  draining: new Failure('draining', 'The service is shutting down', { retryAfterSeconds: 1 }),
  engine_lost: new Failure('engine_lost', 'The engine thread that had this batch ended; another takes its place', {
    retryAfterSeconds: 1,
  }),
  deadline_exceeded: new Failure('deadline_exceeded', 'The batch was not evaluated in time'),
};
