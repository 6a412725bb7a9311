import type { IndexRange } from './tiling.ts';

/** Some parts of a batch with some of its evaluations: what a thread computes before it may turn to another batch. */
export interface Slice {
  readonly parts: IndexRange;
  readonly evaluations: IndexRange;
}

/** How long a slice should take: others wait for one at most, and to hand it over takes a hundredth of it. */
const SLICE_MS = 25;
/** To hand over fewer parts before the last ones have arrived would take longer than to wait for more, unless they take long. */
const MIN_ARRIVED_PARTS = 4;
/** Evaluations that together take less are not divided among threads. */
const MIN_SHARED_MS = 5;

export interface SlicedWork {
  /** At least 1. */
  readonly parts: number;
  readonly evaluations: number;
  readonly threads: number;
  /** The fewest parts that keep the device busy. */
  readonly minParts: number;
}

/**
 * Cuts a batch into slices of about 25 ms, one after another, so that each can be cut by how long earlier ones took.
 *
 * A thread uploads the parts of each slice. So a slice has few parts with all evaluations rather than many parts with some.
 * How a batch is cut does not change its results: the sums of a part are the same in any slice.
 */
export class Slices {
  readonly #work: SlicedWork;
  #parts: IndexRange = { from: 0, to: 0 };
  #evaluations = 0;
  /** The parts of each slice, once one for each thread is enough for the rest. */
  #lastShare: number | undefined;

  constructor(work: SlicedWork) {
    this.#work = work;
  }

  /**
   * @param msPerPart how long one evaluation of a part may take
   * @param arrived how many parts can be evaluated by now, of a batch that is still arriving; by default all
   * @returns undefined when all of the batch has been cut, or too few of the other parts have arrived
   */
  next(msPerPart: number, arrived?: number): Slice | undefined {
    if (this.#parts.to === 0 || this.#evaluations === this.#work.evaluations) {
      const count = this.#countArrived(this.#countParts(msPerPart), msPerPart, arrived);
      if (count === 0) return undefined;
      this.#parts = { from: this.#parts.to, to: this.#parts.to + count };
      this.#evaluations = 0;
    }
    const from = this.#evaluations;
    this.#evaluations += this.#countEvaluations(msPerPart);
    return { parts: this.#parts, evaluations: { from, to: this.#evaluations } };
  }

  /** Whether all of the batch has been cut. */
  get areAllCut(): boolean {
    return this.#parts.to === this.#work.parts && this.#evaluations === this.#work.evaluations;
  }

  #countArrived(count: number, msPerPart: number, arrived?: number): number {
    if (arrived === undefined) return count;
    const { parts, evaluations, threads } = this.#work;
    const waiting = arrived - this.#parts.to;
    const areFew = waiting < MIN_ARRIVED_PARTS && waiting * evaluations * msPerPart < MIN_SHARED_MS;
    if (areFew && arrived < parts) return 0;
    // The threads share what is there: more may come in a while, or never.
    return Math.min(count, Math.ceil(waiting / threads));
  }

  #countParts(msPerPart: number): number {
    const { parts, evaluations, threads, minParts } = this.#work;
    const left = parts - this.#parts.to;
    const maxParts = Math.max(minParts, Math.floor(SLICE_MS / (msPerPart * evaluations)));
    if (left <= threads * maxParts) this.#lastShare ??= Math.ceil(left / threads);
    return Math.min(left, this.#lastShare ?? maxParts);
  }

  #countEvaluations(msPerPart: number): number {
    const { parts, evaluations, threads } = this.#work;
    const left = evaluations - this.#evaluations;
    const ms = msPerPart * (this.#parts.to - this.#parts.from);
    const slices = Math.ceil(left / Math.max(1, Math.floor(SLICE_MS / ms)));
    // Fewer parts than threads: the evaluations are divided instead.
    const sharing = ms * evaluations < MIN_SHARED_MS ? 1 : Math.ceil(threads / parts);
    return Math.min(Math.ceil(left / slices), Math.ceil(evaluations / sharing));
  }
}
