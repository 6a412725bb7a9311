import type { Batch } from '../loss/batch.ts';
import { elementCount } from '../loss/tensor.ts';
import { KernelRates } from './kernel-rates.ts';
import { partCount } from './tiling.ts';

/** The most elements of a batch that is evaluated in the calling thread. */
export const MAX_INLINE_ELEMENTS = 4096;

// Upper bounds by measurement on an AMD EPYC core, with the slowest options and all outputs: softmax of two classes with soft
// labels, general γ, and logits that float32 lanes can't hold; and a sample that is all classes.
const MAX_ELEMENT_NS = 120;
const MAX_CLASS_NS = 120;
/** Of the posterior and its calibration: softmax of two classes. */
const MAX_POSTERIOR_NS = 60;
/** A core half as fast holds the event loop for less than a millisecond. */
const MAX_HOLD_MS = 0.5;

/** What a batch of 32 elements takes longer in an idle engine thread, to wake it and to wait for its reply. */
const HAND_OVER_MS = 0.15;
/** What takes the same time for any batch. */
const FIXED_MS = 0.03;
/** Batches of fewer elements tell nothing about the time of each. */
const MIN_OBSERVED_ELEMENTS = 512;

/** Decides which batches take less time in the calling thread than to hand them over, and never hold that thread for long. */
export class InlineLimit {
  readonly #rates = new KernelRates(MIN_OBSERVED_ELEMENTS);

  allows(batch: Batch): boolean {
    const { layout } = batch;
    const elements = elementCount(layout);
    if (elements > MAX_INLINE_ELEMENTS || partCount(layout) !== 1) return false;
    const ofElement = MAX_ELEMENT_NS + (hasPosterior(batch) ? MAX_POSTERIOR_NS : 0);
    const maxMs = (ofElement * elements + MAX_CLASS_NS * layout.classes) / 1e6;
    if (maxMs > MAX_HOLD_MS) return false;
    const estimateMs = FIXED_MS + maxMs <= HAND_OVER_MS ? maxMs : this.#rates.estimate(batch, elements);
    return FIXED_MS + estimateMs <= HAND_OVER_MS;
  }

  /** Learns from a batch, wherever it was evaluated. Those handed over count as well, so that an estimate can fall again. */
  observe(batch: Batch, ms: number): void {
    const elements = elementCount(batch.layout);
    if (elements <= MAX_INLINE_ELEMENTS) this.#rates.observe(batch, elements, Math.max(0, ms - FIXED_MS));
  }
}

function hasPosterior({ outputs }: Batch): boolean {
  return outputs.includes('posterior') || outputs.includes('calibration');
}
