import { copyNumbers } from '../core/copy-bytes.ts';
import { addNumbers } from './add-numbers.ts';

/**
 * The sums of a batch of many parts, which the threads add up themselves, in the order of the parts, as they get them: a task of
 * its own would begin after the last part, and wake all threads once more. All of it is in shared memory.
 */
export interface OrderedSums {
  /** `[totalsLength(batch)]`, not cleared. */
  readonly totals: Float64Array;
  /** `[parts, totalsLength(batch)]`: those whose turn has not come. Not cleared. */
  readonly partSums: Float64Array;
  /** Whether a thread is adding, the part whose turn it is, and of each part whether it waits in `partSums`. */
  readonly states: Int32Array;
}

const LOCKED = 0;
const TURN = 1;
const WAITING = 2;

/** How many states so many parts have, all 0 at first. */
export function countStates(parts: number): number {
  return WAITING + parts;
}

/**
 * Adds the sums of a part if it is its turn, and then those that have waited for it. Otherwise they wait, and no thread does.
 *
 * @param sums may be a view of any memory: they are used before this returns
 */
export function addInOrder(ordered: OrderedSums, part: number, sums: Float64Array): void {
  const { states } = ordered;
  let isLocked = lock(states);
  if (isLocked && states[TURN] === part) {
    addNext(ordered, sums);
  } else {
    copyNumbers(sums, waitingSums(ordered, part));
    Atomics.store(states, WAITING + part, 1);
  }
  // A thread that finds the lock taken leaves its part to the one that has it, which looks once more after releasing it.
  while (isLocked || (hasNext(states) && lock(states))) {
    while (hasNext(states)) addNext(ordered, waitingSums(ordered, states[TURN]!));
    Atomics.store(states, LOCKED, 0);
    isLocked = false;
  }
}

/** Whether the sums of all parts have been added: `totals` then stay as they are. */
export function areAllAdded({ states }: OrderedSums): boolean {
  return Atomics.load(states, TURN) === states.length - WAITING;
}

function lock(states: Int32Array): boolean {
  return Atomics.or(states, LOCKED, 1) === 0;
}

/** Whether the part whose turn it is waits. Behind the last part there is no state, and none waits. */
function hasNext(states: Int32Array): boolean {
  const at = WAITING + Atomics.load(states, TURN);
  return at < states.length && Atomics.load(states, at) === 1;
}

function addNext({ totals, states }: OrderedSums, sums: Float64Array): void {
  if (states[TURN] === 0) copyNumbers(sums, totals);
  else addNumbers(sums, totals);
  Atomics.add(states, TURN, 1);
}

function waitingSums({ partSums, totals }: OrderedSums, part: number): Float64Array {
  return partSums.subarray(part * totals.length, (part + 1) * totals.length);
}
