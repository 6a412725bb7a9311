import type { Allocator } from '../../core/allocator.ts';
import type { Batch } from '../../loss/batch.ts';
import type { ClassSums } from '../../loss/class-sums.ts';
import type { RequestedAlpha, SweepPlan } from '../../loss/sweep-plan.ts';
import { sweepSummarySchema } from '../../loss/sweep-result.ts';
import { summarizeClasses, summarizeSweep } from '../../loss/sweep-summary.ts';
import {
  closeDurations,
  durationSchema,
  type EncodedResponse,
  engineSchema,
  MAX_NUMBER_TEXT,
  maxFactsBytes,
  type ResponseFacts,
  type ResponsePlan,
} from '../response-plan.ts';

/** The answer of `POST /v1/focal-loss/sweep`. */
export const sweepResponseSchema = sweepSummarySchema.extend({ engine: engineSchema, duration_ms: durationSchema });

export interface SweepResponsePlan extends ResponsePlan<'sweep'> {
  readonly sweep: SweepPlan;
  readonly text: Uint8Array;
}

/** Of a class without its name, and of a point without its lists: their numbers and what stands between them. */
const MAX_CLASS_BYTES = 160;
const MAX_POINT_BYTES = 512;

/**
 * An answer to a sweep, which is always JSON.
 *
 * @param allocator where the text goes
 */
export function planSweepResponse(batch: Batch, sweep: SweepPlan, allocator: Allocator): SweepResponsePlan {
  const { gammas, alphas, hyperParameters } = sweep;
  const { classes } = batch.layout;
  // Of a class its share of the loss and of the gradient, and its α where a scheme gave it; and α as it was sent.
  const numbers =
    gammas.length *
    alphas.reduce((total, { given, fromScheme }) => total + (fromScheme ? 3 : 2) * classes + numbersOf(given), 0);
  const room =
    maxFactsBytes(batch) +
    Buffer.byteLength(JSON.stringify(batch.classNames ?? [])) +
    MAX_CLASS_BYTES * classes +
    MAX_POINT_BYTES * gammas.length * alphas.length +
    MAX_NUMBER_TEXT * numbers;
  return {
    format: 'sweep',
    batch,
    arrays: {},
    hyperParameters,
    writtenNumbers: numbers,
    sweep,
    text: allocator.bytes(room),
  };
}

/** In an α as it was sent; beyond those of its list there are but a few. */
function numbersOf(given: RequestedAlpha): number {
  if (Array.isArray(given)) return given.length;
  if (typeof given === 'number') return 1;
  return given?.effective_number?.class_counts?.length ?? 1;
}

/** Point by point: the whole of it as objects would take several times its text. */
export function writeSweep(
  { batch, sweep, text: room }: SweepResponsePlan,
  sums: ClassSums,
  { engine, durations }: ResponseFacts,
): EncodedResponse {
  const start = performance.now();
  const text = Buffer.from(room.buffer, room.byteOffset, room.byteLength);
  const { counts, denominator } = batch;
  const head = { counts, denominator, ...summarizeClasses(batch, sums) };
  let at = text.write(`${JSON.stringify(head).slice(0, -1)},"grid":`);
  let before = '[';
  for (const point of summarizeSweep(batch, sweep, sums)) {
    at += text.write(before + JSON.stringify(point), at);
    before = ',';
  }
  const duration_ms = closeDurations(durations, start);
  at += text.write(`],${JSON.stringify({ engine, duration_ms }).slice(1)}`, at);
  return { bytes: text.subarray(0, at) };
}
