import type { Batch } from '../loss/batch.ts';

/** Before anything was measured. Most kernels are faster. */
const INITIAL_NS = 20;
/** Of the newest slice in the moving average. */
const WEIGHT = 0.3;
/** Slices of fewer elements tell more about the time to hand them over. */
const MIN_ELEMENTS = 2 ** 15;

/**
 * The fewest nanoseconds that an evaluation of a sweep is assumed to take. Many in one call take less, but a few, general γ or
 * logits far from 0 take more, and must not make a slice longer.
 */
const MIN_SWEEP_NS = 4;

/** How long a thread takes for one element, measured for each kind of batch while it serves. */
export class KernelRates {
  readonly #nsPerElement = new Map<string, number>();
  readonly #minElements: number;

  /** @param minElements batches or slices of fewer are not observed */
  constructor(minElements = MIN_ELEMENTS) {
    this.#minElements = minElements;
  }

  /** In milliseconds, for so many elements. */
  estimate(batch: Batch, elements: number): number {
    const ns = this.#nsPerElement.get(kindOf(batch)) ?? INITIAL_NS;
    return (elements * (batch.gradientSquares ? Math.max(ns, MIN_SWEEP_NS) : ns)) / 1e6;
  }

  observe(batch: Batch, elements: number, ms: number): void {
    if (elements < this.#minElements) return;
    const kind = kindOf(batch);
    const ns = (ms * 1e6) / elements;
    const before = this.#nsPerElement.get(kind) ?? ns;
    this.#nsPerElement.set(kind, before + WEIGHT * (ns - before));
  }
}

/** Batches of one kind take about equally long for an element. */
function kindOf({ activation, source, labels, labelSmoothing, softLabels, outputs, gradientSquares }: Batch): string {
  const isDense = labels instanceof Float32Array;
  return [activation, source, isDense, labelSmoothing > 0, softLabels, gradientSquares, ...outputs.toSorted()].join();
}
