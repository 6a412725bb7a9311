import type { BufferLease } from '../core/buffer-lease.ts';
import type { Cancellation } from '../core/cancellation.ts';
import type { Account } from '../core/fair-queue.ts';
import type { Batch } from '../loss/batch.ts';
import { type ArrayTargets, totalsLength } from '../loss/evaluation.ts';
import { evaluationCount, type HyperParameterGrid } from '../loss/hyper-parameters.ts';
import { type Overflow, overflowError } from '../loss/overflow.ts';
import { elementCount } from '../loss/tensor.ts';
import { acceptReply } from './accept-reply.ts';
import { addPartSums, areAddedHere } from './add-part-sums.ts';
import type { Arrival } from './arrival.ts';
import { nextArrived } from './arrived-slice.ts';
import type { EngineThreads } from './engine-threads.ts';
import type { EvaluatedSlice, EvaluateTask } from './engine-worker.ts';
import type { KernelRates } from './kernel-rates.ts';
import { type Slice, Slices } from './slices.ts';
import { type SumChunk, sumChunks } from './sum-chunks.ts';
import { allocateSums } from './sums-in-threads.ts';
import { sumsOfSlice } from './sweep-sums.ts';
import { type IndexRange, partCount } from './tiling.ts';

export interface SlicedEvaluationOptions {
  readonly arrays: ArrayTargets;
  readonly hyperParameters: HyperParameterGrid | undefined;
  readonly lease: BufferLease;
  readonly rates: KernelRates;
  /** Ends the threads that work for this batch. */
  readonly endThreads: Cancellation;
  /** Those for the next slice. */
  readonly threads: () => EngineThreads;
  /** Undefined: all of the batch is there. */
  readonly arrival?: Arrival | undefined;
}

export interface SlicedResult {
  /** `[evaluations, totalsLength(batch)]`, in the lease. */
  readonly totals: Float64Array;
  /** In the thread that computed the longest. */
  readonly computeMs: number;
}

/** The sums of a part take as long as so many of its samples. */
const SAMPLES_FOR_SUMS = 8;
/** Where the threads leave the sums of parts. */
type TaskSums = SumChunk['sums'] & Pick<EvaluateTask, 'addedSums'>;

/**
 * Evaluates one batch, slice by slice, in as many threads as there are at a time. The sums of each part go to shared memory,
 * and are added up in the order of the parts.
 */
export class SlicedEvaluation {
  /** Rejects with the first failure, when other threads may still be at work. */
  readonly failed: Promise<never>;
  #fail: (error: unknown) => void = () => {};
  readonly #batch: Batch;
  readonly #options: SlicedEvaluationOptions;
  readonly #parts: number;
  /** Its first number is not 0 once the results are no longer needed. */
  readonly #cancelled: Int32Array;
  readonly #account: Account = { usedMs: 0 };
  #computeMs = 0;
  #overflow: (Overflow & { readonly part: number }) | undefined;

  constructor(batch: Batch, options: SlicedEvaluationOptions) {
    this.#batch = batch;
    this.#options = options;
    this.#parts = partCount(batch.layout);
    this.#cancelled = options.lease.int32(1).fill(0);
    this.failed = new Promise((_, reject) => {
      this.#fail = reject;
    });
  }

  get #isCancelled(): boolean {
    return Atomics.load(this.#cancelled, 0) !== 0;
  }

  /** Makes the threads go on to other batches. */
  stop(): void {
    Atomics.store(this.#cancelled, 0, 1);
    this.#account.usedMs = Number.NEGATIVE_INFINITY;
    this.#options.arrival?.end();
  }

  /**
   * Settles when no thread works for this batch any more.
   *
   * @throws {ServiceError}
   */
  async run(): Promise<SlicedResult> {
    const { lease, hyperParameters, threads, endThreads } = this.#options;
    const size = totalsLength(this.#batch);
    const evaluations = hyperParameters ? evaluationCount(hyperParameters, this.#batch.layout.classes) : 1;
    const totals = lease.float64(evaluations * size);
    if (this.#parts === 1) {
      await this.#evaluate({ from: 0, to: evaluations }, { partSums: totals });
    } else if (this.#areAddedInThreads(totals)) {
      const addedSums = allocateSums(totals, this.#parts, lease);
      await this.#evaluate({ from: 0, to: 1 }, { partSums: totals, addedSums });
    } else {
      const areSwept = hyperParameters !== undefined && this.#parts > 1 && threads().minParts === 1;
      for (const chunk of sumChunks(totals, { evaluations, parts: this.#parts }, areSwept, lease)) {
        await this.#evaluate(chunk.evaluations, chunk.sums);
        if (this.#isCancelled) break;
        if (areSwept) continue;
        await addPartSums(chunk.sums.partSums, this.#batch, chunk.totals, threads, {
          cancellation: endThreads,
          account: this.#account,
          lease,
        });
      }
    }
    if (this.#overflow) throw overflowError(this.#batch, this.#overflow);
    return { totals, computeMs: this.#computeMs };
  }

  #areAddedInThreads(totals: Float64Array): boolean {
    const { hyperParameters, threads } = this.#options;
    return !hyperParameters && threads().minParts === 1 && !areAddedHere(this.#parts, totals);
  }

  /** @param sums of these evaluations */
  async #evaluate(evaluations: IndexRange, sums: TaskSums): Promise<void> {
    if (this.#parts === 0) return;
    const { count, minParts } = this.#options.threads();
    const work = { parts: this.#parts, evaluations: evaluations.to - evaluations.from, threads: count, minParts };
    const slices = new Slices(work);
    const perThread = await Promise.allSettled(
      Array.from({ length: count }, () => this.#evaluateSlices(slices, evaluations.from, sums)),
    );
    const computeMs = perThread.map((result) => {
      if (result.status === 'rejected') throw result.reason;
      return result.value;
    });
    this.#computeMs += Math.max(...computeMs);
  }

  /** Evaluates one slice after the other, as long as there are any. @returns how long the threads took */
  async #evaluateSlices(slices: Slices, first: number, sums: TaskSums): Promise<number> {
    const { rates, hyperParameters, arrival } = this.#options;
    const { layout } = this.#batch;
    const hardLabels = hyperParameters?.hardLabels;
    const elementsPerPart = elementCount(layout) / this.#parts + SAMPLES_FOR_SUMS * layout.classes;
    let computeMs = 0;
    try {
      while (!this.#isCancelled) {
        const msPerPart = () => rates.estimate(this.#batch, elementsPerPart, hardLabels);
        const slice = arrival ? await nextArrived(slices, this.#batch, arrival, msPerPart) : slices.next(msPerPart());
        if (slice === undefined) break;
        const elements = elementsPerPart * lengthOf(slice.parts) * lengthOf(slice.evaluations);
        const estimateMs = rates.estimate(this.#batch, elements, hardLabels);
        const reply = await this.#evaluateSlice(slice, first, sums, estimateMs);
        if (reply === undefined) break;
        rates.observe(this.#batch, elements, reply.computeMs, hardLabels);
        computeMs += reply.computeMs;
      }
      return computeMs;
    } catch (error) {
      this.stop();
      this.#fail(error);
      throw error;
    }
  }

  /** @returns undefined if the results are no longer needed */
  async #evaluateSlice(
    { parts, evaluations }: Slice,
    first: number,
    { partSums, addedSums, sweepSums }: TaskSums,
    estimateMs: number,
  ): Promise<EvaluatedSlice | undefined> {
    const { hyperParameters, arrays, lease, threads, endThreads } = this.#options;
    const task: EvaluateTask = {
      batch: this.#batch,
      parts,
      ...(hyperParameters && {
        hyperParameters,
        evaluations: { from: first + evaluations.from, to: first + evaluations.to },
      }),
      arrays,
      partSums: partSums.subarray(evaluations.from * this.#parts * totalsLength(this.#batch)),
      addedSums,
      sweepSums: sweepSums && sumsOfSlice(sweepSums, evaluations),
      cancelled: this.#cancelled,
    };
    const options = { cancellation: endThreads, account: this.#account, estimateMs, lease };
    const evaluated = acceptReply(await threads().evaluate(task, options), this.#isCancelled);
    const overflow = evaluated?.overflow;
    // That of the first part is reported, whichever thread is the first.
    if (overflow && !(this.#overflow && this.#overflow.part <= parts.from)) {
      this.#overflow = { ...overflow, part: parts.from };
    }
    return evaluated;
  }
}

function lengthOf({ from, to }: IndexRange): number {
  return to - from;
}
