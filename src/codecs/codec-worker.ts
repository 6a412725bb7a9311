import { freshMemory } from '../core/buffer-pool.ts';
import { type Complaint, Failure, type FailureCode } from '../core/service-error.ts';
import type { Totals } from '../loss/evaluation.ts';
import { Room } from './arena.ts';
import { type Plan, type ReadRequest, type RequestFormat, readAs, writeAs } from './codec.ts';
import type { AnswerFacts, WrittenAnswer } from './response-plan.ts';

// A codec thread: `codec-threads.ts` runs the functions that this file exports.

export interface ReadTask {
  readonly request: RequestFormat;
  readonly body: Uint8Array;
  /** For the batch's tensors. */
  readonly room: Uint8Array;
}

export interface WriteTask {
  readonly plan: Plan;
  readonly totals: Totals;
  readonly facts: AnswerFacts;
}

/** Errors lose what they know between threads, so a failure travels as what it is made of, and a bug as its stack. */
export interface FailedRead {
  readonly failed: {
    readonly code: FailureCode;
    readonly message: string;
    readonly complaints: readonly Complaint[];
    readonly more: number;
  };
}

export interface Bug {
  readonly bug: string;
}

export function read({ request, body, room }: ReadTask): ReadRequest | FailedRead | Bug {
  try {
    return readAs(request, body, new Room(room, freshMemory));
  } catch (error) {
    if (!(error instanceof Failure)) return bug(error);
    const { code, message, complaints, more } = error;
    return { failed: { code, message, complaints, more } };
  }
}

export function write({ plan, totals, facts }: WriteTask): WrittenAnswer | Bug {
  try {
    return writeAs(plan, totals, facts);
  } catch (error) {
    return bug(error);
  }
}

function bug(error: unknown): Bug {
  return { bug: error instanceof Error ? (error.stack ?? error.message) : String(error) };
}
