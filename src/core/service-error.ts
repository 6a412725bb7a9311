/** One thing wrong with the input: where it is, and what was expected and what came. */
export interface Complaint {
  /** JSON pointer (RFC 6901) into the request. */
  readonly pointer: string;
  readonly message: string;
  /** Coordinates inside the tensor that `pointer` starts with. */
  readonly index?: readonly number[];
}

/** Stable names of everything that can go wrong. What they mean over HTTP is known to `http/problem.ts` alone. */
export type FailureCode =
  | 'malformed_request'
  | 'malformed_body'
  | 'unauthorized'
  | 'not_found'
  | 'method_not_allowed'
  | 'not_acceptable'
  | 'unsupported_media_type'
  | 'request_timeout'
  | 'body_too_large'
  | 'invalid_request'
  | 'queue_full'
  | 'headers_too_large'
  | 'not_ready'
  | 'draining'
  | 'engine_lost'
  | 'deadline_exceeded'
  | 'internal';

interface FailureDetails {
  readonly complaints?: readonly Complaint[];
  /** How many complaints were left out of `complaints`. */
  readonly more?: number;
  /** When a retry is worth it. */
  readonly retryAfterSeconds?: number;
  readonly cause?: unknown;
}

/** Why a request could not be answered. */
export class Failure extends Error {
  override readonly name = 'Failure';
  readonly code: FailureCode;
  readonly complaints: readonly Complaint[];
  readonly more: number;
  readonly retryAfterSeconds: number | undefined;

  constructor(code: FailureCode, message: string, details: FailureDetails = {}) {
    super(message, details.cause === undefined ? {} : { cause: details.cause });
    this.code = code;
    this.complaints = details.complaints ?? [];
    this.more = details.more ?? 0;
    this.retryAfterSeconds = details.retryAfterSeconds;
  }
}
