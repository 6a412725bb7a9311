import type { RunOptions, WorkerPool } from '../core/worker-pool.ts';
import { product } from '../loss/tensor.ts';
import type { DecodedRequest, EvaluatedRequest, PlannedText } from './codec.ts';
import type * as CodecWorker from './codec-worker.ts';
import { divideText } from './json/array-text.ts';

/** Shorter arrays are written in less time than more threads would save. */
const MIN_DIVIDED_NUMBERS = 2 ** 16;

/**
 * Writes the text of long arrays in all threads of a pool at the same time.
 *
 * @returns the request with their text, of which `writeResponse` makes the response
 */
export async function writeTexts<Request extends DecodedRequest>(
  evaluated: EvaluatedRequest<Request>,
  pool: WorkerPool<typeof CodecWorker>,
  options: RunOptions,
): Promise<EvaluatedRequest<Request>> {
  const { plan, metadata } = evaluated;
  const divided = pool.threads === 1 ? [] : (plan.texts ?? []).filter(isLong);
  if (divided.length === 0) return evaluated;
  const start = performance.now();
  const parts = divided.flatMap((text) => divideText(text, plan, pool.threads));
  const estimateMs = options.estimateMs! / parts.length;
  // All of them end before this does: until then the buffer is in use.
  const results = await Promise.allSettled(
    parts.map((part) => pool.run('writeText', part, { ...options, estimateMs })),
  );
  const written = results.map((result) => {
    if (result.status === 'rejected') throw result.reason;
    return result.value;
  });
  const texts = Object.fromEntries(
    divided.map(({ output }) => [output, written.filter((_, i) => parts[i]!.output === output)]),
  );
  const durations = { ...metadata.durations, encode: performance.now() - start };
  return { ...evaluated, texts, metadata: { ...metadata, durations } };
}

function isLong({ shape }: PlannedText): boolean {
  return product(shape) >= MIN_DIVIDED_NUMBERS;
}
