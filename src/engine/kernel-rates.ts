import type { Batch } from '../loss/batch.ts';
import { isPlain } from '../loss/plain-loss.ts';

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
/** Likewise if labels may be soft, and of probabilities: these are float64. */
const MIN_SOFT_SWEEP_NS = 12;

/** How long a thread takes for one element, measured for each kind of batch while it serves. */
export class KernelRates {
  readonly #nsPerElement = new Map<string, number>();
  readonly #minElements: number;

  /** @param minElements batches or slices of fewer are not observed */
  constructor(minElements = MIN_ELEMENTS) {
    this.#minElements = minElements;
  }

  /** In milliseconds, for so many elements. @param hardLabels whether a sweep knows its labels to be hard */
  estimate(batch: Batch, elements: number, hardLabels = false): number {
    const ns = this.#nsPerElement.get(kindOf(batch, hardLabels)) ?? INITIAL_NS;
    return (elements * Math.max(ns, minNs(batch, hardLabels))) / 1e6;
  }

  observe(batch: Batch, elements: number, ms: number, hardLabels = false): void {
    if (elements < this.#minElements) return;
    const kind = kindOf(batch, hardLabels);
    const ns = (ms * 1e6) / elements;
    const before = this.#nsPerElement.get(kind) ?? ns;
    this.#nsPerElement.set(kind, before + WEIGHT * (ns - before));
  }
}

function minNs(batch: Batch, hardLabels: boolean): number {
  const { activation, source, gradientSquares, labels, labelSmoothing } = batch;
  if (!gradientSquares) return 0;
  if (source === 'probabilities') return MIN_SOFT_SWEEP_NS;
  const areOneHot = activation === 'softmax' && !(labels instanceof Float32Array) && labelSmoothing === 0;
  return hardLabels || areOneHot ? MIN_SWEEP_NS : MIN_SOFT_SWEEP_NS;
}

/** Batches of one kind take about equally long for an element. */
function kindOf(batch: Batch, hardLabels: boolean): string {
  const { activation, source, labels, labelSmoothing, softLabels, outputs, gradientSquares } = batch;
  const labelKind = [labels instanceof Float32Array, hardLabels, labelSmoothing > 0, softLabels];
  return [activation, source, ...labelKind, isPlain(batch), gradientSquares, ...outputs.toSorted()].join();
}
