/** One mistake in the input: its location, the expected and the actual value. */
export interface ValidationIssue {
  /** JSON pointer (RFC 6901) into the request. */
  readonly pointer: string;
  readonly message: string;
  /** Coordinates inside the tensor that `pointer` starts with. */
  readonly index?: readonly number[];
}

/** A stable code for every error that a client can get. Only `http/problem.ts` knows their HTTP statuses. */
export const ERROR_CODES = [
  'malformed_request',
  'malformed_body',
  'unauthorized',
  'cross_site_request',
  'not_found',
  'method_not_allowed',
  'not_acceptable',
  'unsupported_media_type',
  'request_timeout',
  'body_too_large',
  'invalid_request',
  'queue_full',
  'memory_exhausted',
  'headers_too_large',
  'not_ready',
  'shutting_down',
  'engine_unavailable',
  'deadline_exceeded',
  'internal',
] as const;
export type ErrorCode = (typeof ERROR_CODES)[number];

interface ServiceErrorDetails {
  readonly issues?: readonly ValidationIssue[];
  /** How many further issues there are beyond `issues`. */
  readonly more?: number;
  /** How long a client should wait before it retries. */
  readonly retryAfterSeconds?: number;
  readonly cause?: unknown;
}

/** An error that is reported to the client, with a code. */
export class ServiceError extends Error {
  override readonly name = 'ServiceError';
  readonly code: ErrorCode;
  readonly issues: readonly ValidationIssue[];
  readonly more: number;
  readonly retryAfterSeconds: number | undefined;

  constructor(code: ErrorCode, message: string, details: ServiceErrorDetails = {}) {
    super(message, details.cause === undefined ? {} : { cause: details.cause });
    this.code = code;
    this.issues = details.issues ?? [];
    this.more = details.more ?? 0;
    this.retryAfterSeconds = details.retryAfterSeconds;
  }
}
