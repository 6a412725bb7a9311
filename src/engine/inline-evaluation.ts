import { unpooledLease } from '../core/buffer-lease.ts';
import { deadlineExceeded } from '../core/common-errors.ts';
import { ServiceError } from '../core/service-error.ts';
import { type Batch, isLoaded } from '../loss/batch.ts';
import { allocateResults, viewTotals } from '../loss/evaluation.ts';
import { overflowError } from '../loss/overflow.ts';
import type { KernelBuild } from './backends/backend.ts';
import type { BackendUsage, EvaluateOptions, InlineInfo, TimedEvaluation } from './engine.ts';
import type { InlineBackend } from './inline-backend.ts';
import { InlineLimit, MAX_INLINE_ELEMENTS } from './inline-limit.ts';

/** @throws {Error} why there is none */
export type StartInlineBackend = (build: KernelBuild | undefined) => Promise<InlineBackend>;

/** The one that serves. Its code, and TensorFlow.js, are loaded with the first call. */
export const startInlineBackend: StartInlineBackend = async (build) =>
  (await import('./inline-backend.ts')).startInlineBackend(build);

/**
 * The evaluation of small batches in the calling thread, with the same kernels and results as the engine threads: to hand such a
 * batch over takes several times as long as its evaluation. If that fails, there is no more of it, and threads evaluate all.
 */
export class InlineEvaluation implements InlineInfo {
  #backend: InlineBackend | undefined;
  #unavailableReason: string | undefined;
  readonly #limit = new InlineLimit();

  private constructor(backend: InlineBackend | undefined, unavailableReason: string | undefined) {
    this.#backend = backend;
    this.#unavailableReason = unavailableReason;
  }

  /** One that evaluates nothing. */
  static none(reason: string): InlineEvaluation {
    return new InlineEvaluation(undefined, reason);
  }

  static async start(startBackend: StartInlineBackend, build: KernelBuild | undefined): Promise<InlineEvaluation> {
    try {
      return new InlineEvaluation(await startBackend(build), undefined);
    } catch (error) {
      return InlineEvaluation.none(messageOf(error));
    }
  }

  get maxElements(): number {
    return this.#backend ? MAX_INLINE_ELEMENTS : 0;
  }

  get unavailableReason(): string | undefined {
    return this.#unavailableReason;
  }

  get usage(): BackendUsage | undefined {
    return this.#backend?.usage;
  }

  /**
   * @returns undefined if threads should evaluate the batch
   * @throws {ServiceError} `deadline_exceeded`, or `invalid_request` as a thread would
   */
  evaluate(
    batch: Batch,
    { cancellation, hyperParameters, arrays, regionArrays = {}, lease }: EvaluateOptions,
  ): TimedEvaluation | undefined {
    if (!this.#backend || hyperParameters || batch.gradientSquares || !this.#limit.allows(batch)) return undefined;
    // Files are read and written in the threads: in this one they would hold the event loop.
    if (!isLoaded(batch) || Object.keys(regionArrays).length > 0) return undefined;
    if (cancellation?.aborted) throw deadlineExceeded();
    const results = arrays ?? allocateResults(batch, lease ?? unpooledLease());
    const start = performance.now();
    try {
      const { sums, overflow } = this.#backend.evaluate(batch, results);
      if (overflow) throw overflowError(batch, overflow);
      const computeMs = performance.now() - start;
      this.#limit.observeInline(batch, computeMs);
      return { arrays: results, ...viewTotals(sums, batch), computeMs, queueMs: 0 };
    } catch (error) {
      if (error instanceof ServiceError) throw error;
      // After a trap, the state of the kernels' memory is unknown.
      this.#backend = undefined;
      this.#unavailableReason = `it failed while serving: ${messageOf(error)}`;
      return undefined;
    }
  }

  /** Learns from a batch that threads have evaluated. @param isAlone whether they had no other meanwhile */
  observe(batch: Batch, evaluation: TimedEvaluation, isAlone: boolean): void {
    if (this.#backend) this.#limit.observeHandOver(batch, evaluation, isAlone);
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
