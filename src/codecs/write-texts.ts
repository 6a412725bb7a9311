import type { RunOptions } from '../core/worker-pool.ts';
import { product } from '../loss/tensor.ts';
import type { DecodedRequest, EvaluatedRequest, PlannedText, ResponsePlan } from './codec.ts';
import { divideText, type TextPart } from './json/array-text.ts';
import { type CodecThreads, runParts } from './run-parts.ts';

/** Shorter arrays are written in less time than more threads would save. */
const MIN_DIVIDED_NUMBERS = 2 ** 17;

/** Divides the text of the long arrays of a response among threads. */
export function divideTexts(plan: ResponsePlan, threads: number): TextPart[] {
  if (threads === 1 || plan.texts === undefined) return [];
  return plan.texts.filter(isLong).flatMap((text) => divideText(text, plan, threads));
}

/**
 * Writes parts of text in all threads at the same time.
 *
 * @returns the request with the text, of which `writeResponse` makes the response
 */
export async function writeTexts<Request extends DecodedRequest>(
  evaluated: EvaluatedRequest<Request>,
  parts: readonly TextPart[],
  threads: CodecThreads,
  options: RunOptions,
): Promise<EvaluatedRequest<Request>> {
  const start = performance.now();
  const written = await runParts(threads, 'writeText', parts, options);
  const outputs = new Set(parts.map(({ output }) => output));
  const texts = Object.fromEntries(
    [...outputs].map((output) => [output, written.filter((_, i) => parts[i]!.output === output)]),
  );
  const { metadata } = evaluated;
  const durations = { ...metadata.durations, encode: performance.now() - start };
  return { ...evaluated, texts, metadata: { ...metadata, durations } };
}

function isLong({ shape }: PlannedText): boolean {
  return product(shape) >= MIN_DIVIDED_NUMBERS;
}
