import {
  bodyTooLarge,
  crossSiteRequest,
  deadlineExceeded,
  invalidRequest,
  notReady,
  queueFull,
  requestTimeout,
  shuttingDown,
  threadLost,
} from '../../core/common-errors.ts';
import { type ErrorCode, ServiceError } from '../../core/service-error.ts';
import { CONTENT_TYPES, LONG_JSON } from '../media-types.ts';

/** An error of each code, for the documentation. */
export const EXAMPLE_ERRORS: Readonly<Record<ErrorCode, ServiceError>> = {
  malformed_request: new ServiceError('malformed_request', 'The request is not HTTP/1.1: Invalid method encountered'),
  malformed_body: new ServiceError('malformed_body', 'The body is empty; expected a JSON object'),
  unauthorized: new ServiceError(
    'unauthorized',
    'expected an API key, as "Authorization: Bearer KEY" or "X-API-Key: KEY"; got none',
  ),
  cross_site_request: crossSiteRequest(),
  not_found: new ServiceError('not_found', '/v1/focal-los is not a path of this service; /docs lists them'),
  method_not_allowed: new ServiceError('method_not_allowed', '/v1/focal-loss allows POST, not GET'),
  not_acceptable: new ServiceError(
    'not_acceptable',
    'expected an Accept header that allows application/json, application/vnd.safetensors, application/octet-stream; got text/csv',
  ),
  request_timeout: requestTimeout(),
  body_too_large: bodyTooLarge(67_108_864, '70254592', LONG_JSON),
  unsupported_media_type: new ServiceError(
    'unsupported_media_type',
    `expected the header ${CONTENT_TYPES}; got text/csv`,
  ),
  invalid_request: invalidRequest({ pointer: '/gama', message: 'unknown field "gama"; did you mean "gamma"?' }),
  queue_full: queueFull(256, 1),
  memory_exhausted: new ServiceError(
    'memory_exhausted',
    'The 6442450944 bytes of memory for bodies, tensors and responses are in use, and this batch takes 128000000 or more (MEMORY_BUDGET_BYTES)',
    { retryAfterSeconds: 1 },
  ),
  headers_too_large: new ServiceError('headers_too_large', 'expected at most 100 headers, got more'),
  internal: new ServiceError('internal', 'This is a bug; the log has the details under this request id'),
  not_ready: notReady(),
  shutting_down: shuttingDown(),
  engine_unavailable: threadLost(undefined),
  deadline_exceeded: deadlineExceeded(),
};
