import { shorten } from './shorten.ts';

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

// Whoever writes a message cuts what came from the client, and so these are not reached. They hold for the message that is
// forgotten: it goes into the response, the log and the trace.
const MAX_POINTER = 256;
const MAX_MESSAGE = 1024;

/** An error that is reported to the client, with a code. */
export class ServiceError extends Error {
  override readonly name = 'ServiceError';
  readonly code: ErrorCode;
  readonly issues: readonly ValidationIssue[];
  readonly more: number;
  readonly retryAfterSeconds: number | undefined;

  constructor(code: ErrorCode, message: string, details: ServiceErrorDetails = {}) {
    super(shorten(message, MAX_MESSAGE), details.cause === undefined ? {} : { cause: details.cause });
    this.code = code;
    this.issues = (details.issues ?? []).map((issue) => ({
      ...issue,
      pointer: shorten(issue.pointer, MAX_POINTER),
      message: shorten(issue.message, MAX_MESSAGE),
    }));
    this.more = details.more ?? 0;
    this.retryAfterSeconds = details.retryAfterSeconds;
  }
}
