import { ArenaAllocator } from '../core/allocator.ts';
import { type ErrorCode, ServiceError, type ValidationIssue } from '../core/service-error.ts';
import type { Totals } from '../loss/evaluation.ts';
import { type Plan, type ReadRequest, type RequestFormat, readAs, writeAs } from './codec.ts';
import type { EncodedResponse, ResponseFacts } from './response-plan.ts';

// A codec thread: `codec-threads.ts` runs the functions that this file exports.

export interface ReadTask {
  readonly request: RequestFormat;
  readonly body: Uint8Array;
  /** For the batch's tensors. */
  readonly arena: Uint8Array;
}

export interface WriteTask {
  readonly plan: Plan;
  readonly totals: Totals;
  readonly facts: ResponseFacts;
}

/** Errors lose what they know between threads, so a failure travels as what it is made of, and a bug as its stack. */
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

export function read({ request, body, arena }: ReadTask): ReadRequest | FailedRead | Bug {
  try {
    return readAs(request, body, new ArenaAllocator(arena));
  } catch (error) {
    if (!(error instanceof ServiceError)) return bug(error);
    const { code, message, issues, more } = error;
    return { failed: { code, message, issues, more } };
  }
}

export function write({ plan, totals, facts }: WriteTask): EncodedResponse | Bug {
  try {
    return writeAs(plan, totals, facts);
  } catch (error) {
    return bug(error);
  }
}

function bug(error: unknown): Bug {
  return { bug: error instanceof Error ? (error.stack ?? error.message) : String(error) };
}
