import type { BufferLease } from '../core/buffer-lease.ts';
import { MERGED_BLOCKS, type MergedSums, mergeSums } from './merged-sums.ts';
import { addInOrder, countStates, type OrderedSums } from './ordered-sums.ts';

/** Where the threads add up the sums of a batch's parts while they evaluate it. */
export type SumsInThreads = MergedSums | OrderedSums;

/** @param totals where the result goes */
export function allocateSums(totals: Float64Array, parts: number, lease: BufferLease): SumsInThreads {
  if (parts === 2) return { totals, states: lease.int32(MERGED_BLOCKS).fill(0) };
  return { totals, partSums: lease.float64(parts * totals.length), states: lease.int32(countStates(parts)).fill(0) };
}

/** @returns false if it was cancelled while another thread did not go on */
export function addPart(added: SumsInThreads, part: number, sums: Float64Array, isCancelled: () => boolean): boolean {
  if (!('partSums' in added)) return mergeSums(added, part, sums, isCancelled);
  addInOrder(added, part, sums);
  return true;
}
