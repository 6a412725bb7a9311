import type { Batch } from '../loss/batch.ts';
import { elementCount } from '../loss/tensor.ts';
import type { TimedEvaluation } from './engine.ts';
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

/**
 * What a batch takes longer in an idle engine thread, to wake it and to wait for its reply, before that was measured. It depends on
 * the machine more than kernels do: up to three times as much was seen.
 */
const HAND_OVER_MS = 0.15;
/** Of the newest hand-over in the moving average. */
const HAND_OVER_WEIGHT = 0.3;
/** So much of the average is forgotten with each batch that is not handed over: now and then one is, and is measured. */
const FORGOTTEN = 0.001;
/** What takes the same time for any batch. */
const FIXED_MS = 0.03;
/** Batches of fewer elements tell nothing about the time of each. */
const MIN_OBSERVED_ELEMENTS = 512;

/** Decides which batches take less time in the calling thread than to hand them over, and never hold that thread for long. */
export class InlineLimit {
  readonly #rates = new KernelRates(MIN_OBSERVED_ELEMENTS);
  #handOverMs = HAND_OVER_MS;

  allows(batch: Batch): boolean {
    const { layout } = batch;
    const elements = elementCount(layout);
    if (elements > MAX_INLINE_ELEMENTS || partCount(layout) !== 1) return false;
    const ofElement = MAX_ELEMENT_NS + (hasPosterior(batch) ? MAX_POSTERIOR_NS : 0);
    const maxMs = (ofElement * elements + MAX_CLASS_NS * layout.classes) / 1e6;
    if (maxMs > MAX_HOLD_MS) return false;
    const estimateMs = FIXED_MS + maxMs <= HAND_OVER_MS ? maxMs : this.#rates.estimate(batch, elements);
    return FIXED_MS + estimateMs <= this.#handOverMs;
  }

  /** Learns from a batch that was evaluated in the calling thread. */
  observeInline(batch: Batch, computeMs: number): void {
    this.#handOverMs += FORGOTTEN * (HAND_OVER_MS - this.#handOverMs);
    this.#observe(batch, computeMs);
  }

  /**
   * Learns from a batch that was handed over: an estimate of its kind can fall again.
   *
   * @param isAlone whether it did not have to wait for any other batch
   */
  observeHandOver(
    batch: Batch,
    { computeMs, queueMs }: Pick<TimedEvaluation, 'computeMs' | 'queueMs'>,
    isAlone: boolean,
  ): void {
    if (elementCount(batch.layout) > MAX_INLINE_ELEMENTS) return;
    if (isAlone) this.#handOverMs += HAND_OVER_WEIGHT * (Math.min(queueMs, MAX_HOLD_MS) - this.#handOverMs);
    this.#observe(batch, computeMs);
  }

  #observe(batch: Batch, computeMs: number): void {
    this.#rates.observe(batch, elementCount(batch.layout), Math.max(0, computeMs - FIXED_MS));
  }
}

function hasPosterior({ outputs }: Batch): boolean {
  return outputs.includes('posterior') || outputs.includes('calibration');
}
