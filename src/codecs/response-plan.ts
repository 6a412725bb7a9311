import { z } from 'zod';
import type { Batch } from '../loss/batch.ts';
import type { StoredArrays } from '../loss/evaluation.ts';
import type { HyperParameters } from '../loss/sweep-plan.ts';

const milliseconds = (description: string) => z.number().describe(description);

export const engineSchema = z.strictObject({
  name: z.string().describe('The engine backend that computed this answer.'),
  device: z.string(),
});

export const durationSchema = z.strictObject({
  queue: milliseconds('Waiting for an engine thread.'),
  decode: milliseconds('Bytes to checked tensors.'),
  compute: milliseconds('In the engine thread.'),
  encode: milliseconds('Arrays to bytes.'),
});

export type RespondingEngine = z.output<typeof engineSchema>;
export type Durations = z.output<typeof durationSchema>;

/** What an answer says beside the evaluation. */
export interface ResponseFacts {
  readonly engine: RespondingEngine;
  readonly durations: Omit<Durations, 'encode'>;
}

/** As many bytes as a summary without its breakdown, the engine's name and device and four durations take as JSON. */
export const MAX_FACTS_BYTES = 4096;
/** 160 numbers and what stands between them. */
const MAX_DIFFICULTY_BYTES = 4096;

export function maxFactsBytes({ outputs }: Batch): number {
  return MAX_FACTS_BYTES + (outputs.includes('difficulty') ? MAX_DIFFICULTY_BYTES : 0);
}

/** The most that a float64, or an integer below 2^53 in size, takes as text with its comma. */
export const MAX_NUMBER_TEXT = 25;

/**
 * An answer in the making: engines put the arrays where it has room for them. It is plain data in shared allocator, so that
 * any thread can write the rest.
 */
export interface ResponsePlan<Format extends string> {
  readonly format: Format;
  readonly batch: Batch;
  readonly arrays: StoredArrays;
  /** What the batch is to be evaluated with, where that is not its own γ and α. */
  readonly hyperParameters?: readonly HyperParameters[];
  /** How many numbers are written one by one, which is what takes time. */
  readonly writtenNumbers: number;
}

/** An answer, which lies in the memory that it was planned in. */
export interface EncodedResponse {
  readonly bytes: Uint8Array;
  /** Open Inference: how many of them are JSON, if not all are. */
  readonly jsonBytes?: number;
}

/** The durations with that of writing, which ends now. Microseconds are as much as these mean. */
export function closeDurations({ queue, decode, compute }: ResponseFacts['durations'], encodeStart: number): Durations {
  const micro = (ms: number) => Math.round(ms * 1000) / 1000;
  return {
    queue: micro(queue),
    decode: micro(decode),
    compute: micro(compute),
    encode: micro(performance.now() - encodeStart),
  };
}
