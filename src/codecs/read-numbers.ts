import type { Allocator } from '../core/allocator.ts';
import { ServiceError } from '../core/service-error.ts';
import type { RunOptions } from '../core/worker-pool.ts';
import { type DividedNumbers, divideNumbers, type PartedNumbers } from './json/divided-numbers.ts';
import { findNumberTexts, type Precision } from './json/number-text.ts';
import { type CodecThreads, runParts } from './run-parts.ts';

/** Shorter texts are read in less time than more threads would save. */
const MIN_DIVIDED_BYTES = 2 ** 19;

/**
 * Divides the long arrays of numbers of a body in JSON among threads.
 *
 * @param fields the names of the arrays, and the precision of each
 * @param allocator where the numbers go
 */
export function divideBody(
  text: Uint8Array,
  fields: Readonly<Record<string, Precision>> | undefined,
  allocator: Allocator,
  threads: number,
): DividedNumbers[] {
  if (fields === undefined || threads === 1 || text.length < MIN_DIVIDED_BYTES) return [];
  return findNumberTexts(text, fields, MIN_DIVIDED_BYTES).flatMap((found) => {
    return withMemory(() => divideNumbers(text, found, threads, allocator)) ?? [];
  });
}

/**
 * Reads divided arrays in all threads at the same time.
 *
 * @returns those that `Codec.read` need only join; it reads the others itself
 */
export async function readNumbers(
  divided: readonly DividedNumbers[],
  allocator: Allocator,
  threads: CodecThreads,
  options: RunOptions,
): Promise<PartedNumbers[]> {
  const parts = divided.flatMap((numbers) => numbers.parts);
  const results = await runParts(threads, 'readNumbers', parts, options);
  const parted = divided.map((numbers) => ({ ...numbers, results: results.splice(0, numbers.parts.length) }));
  return parted.filter(({ results, memory }) => {
    const isRead = !results.includes(undefined);
    if (!isRead) allocator.free(memory);
    return isRead;
  });
}

/** Without enough memory for it, an array is read as a whole, which takes less. */
function withMemory(divide: () => DividedNumbers | undefined): DividedNumbers | undefined {
  try {
    return divide();
  } catch (error) {
    if (error instanceof ServiceError && error.code === 'memory_exhausted') return undefined;
    throw error;
  }
}
