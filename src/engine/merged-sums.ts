import { copyNumbers } from '../core/copy-bytes.ts';
import { addNumbers } from './add-numbers.ts';

/**
 * The sums of a batch of two parts, which the threads add up themselves, without the help of another task: of tens of thousands
 * of classes that would take as long as the kernel takes for several samples. Both are in shared memory.
 */
export interface MergedSums {
  /** `[totalsLength(batch)]`; block by block as `states` says, and not cleared. */
  readonly totals: Float64Array;
  /** Of each block: `EMPTY`, `BUSY` or `WRITTEN`. */
  readonly states: Int32Array;
}

/** What was there before does not count. */
const EMPTY = 0;
/** The first of the parts is being copied. */
const BUSY = 1;
/** With the bit of `BUSY`, so that marking a block as busy leaves it as it is. */
const WRITTEN = 3;

export const MERGED_BLOCKS = 32;
const WAIT_MS = 10;

/**
 * Adds the sums of one of two parts. Whichever is the first at a block copies, and the second adds: a sum of two does not depend
 * on their order. The parts start from both ends, so that each thread copies half and adds half if they are here at one time.
 *
 * @param part 0 or 1
 * @returns false if it was cancelled while the other thread did not go on
 */
export function mergeSums(
  { totals, states }: MergedSums,
  part: number,
  sums: Float64Array,
  isCancelled: () => boolean,
) {
  const length = Math.ceil(totals.length / states.length);
  const blocks = Array.from({ length: states.length }, (_, i) => (part === 0 ? i : states.length - 1 - i));
  const merge = (block: number, isFirst: boolean) => {
    const target = totals.subarray(block * length, (block + 1) * length);
    const source = sums.subarray(block * length, (block + 1) * length);
    if (isFirst) copyNumbers(source, target);
    else addNumbers(source, target);
  };
  const busy = blocks.filter((block) => {
    const state = Atomics.or(states, block, BUSY);
    if (state === BUSY) return true;
    merge(block, state === EMPTY);
    if (state === EMPTY) {
      Atomics.store(states, block, WRITTEN);
      Atomics.notify(states, block);
    }
    return false;
  });
  for (const block of busy) {
    while (Atomics.load(states, block) === BUSY) {
      if (isCancelled()) return false;
      Atomics.wait(states, block, BUSY, WAIT_MS);
    }
    merge(block, false);
  }
  return true;
}
