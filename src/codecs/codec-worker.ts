import { ArenaAllocator } from '../core/allocator.ts';
import { type ErrorCode, ServiceError, type ValidationIssue } from '../core/service-error.ts';
import type { DecodedRequest, EncodedResponse, EvaluatedRequest, RequestBody } from './codec.ts';
import { findCodec } from './codec-registry.ts';

// A codec thread: `codec-pool.ts` runs the functions that this file exports.

export interface ReadTask {
  readonly codec: string;
  readonly body: RequestBody;
  /** For the batch's tensors. */
  readonly arena: Uint8Array;
}

export interface WriteTask {
  readonly codec: string;
  readonly evaluated: EvaluatedRequest<DecodedRequest>;
}

/** Errors lose their own properties between threads, so a failure travels as plain data, and a bug as its stack. */
export interface FailedRead {
  readonly failed: {
    readonly code: ErrorCode;
    readonly message: string;
    readonly issues: readonly ValidationIssue[];
    readonly more: number;
  };
}

export interface Bug {
  readonly bug: string;
}

export function read({ codec, body, arena }: ReadTask): DecodedRequest | FailedRead | Bug {
  try {
    return findCodec(codec).read(body, new ArenaAllocator(arena));
  } catch (error) {
    if (!(error instanceof ServiceError)) return bug(error);
    const { code, message, issues, more } = error;
    return { failed: { code, message, issues, more } };
  }
}

export function write({ codec, evaluated }: WriteTask): EncodedResponse | Bug {
  try {
    return findCodec(codec).writeResponse(evaluated);
  } catch (error) {
    return bug(error);
  }
}

function bug(error: unknown): Bug {
  return { bug: error instanceof Error ? (error.stack ?? error.message) : String(error) };
}
