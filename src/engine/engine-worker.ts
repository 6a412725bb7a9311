import { parentPort, threadId, workerData } from 'node:worker_threads';
import { memory } from '@tensorflow/tfjs-core';
import { workerTask } from '../core/worker-result.ts';
import type { Batch } from '../loss/batch.ts';
import { type ArrayTargets, totalsLength } from '../loss/evaluation.ts';
import { type HyperParameterGrid, hyperParametersAt } from '../loss/hyper-parameters.ts';
import { type Overflow, rejectInfiniteSums } from '../loss/overflow.ts';
import { rejectPredictions } from '../loss/reject-predictions.ts';
import type { BackendDevice, BackendName, StartOptions } from './backends/backend.ts';
import { loadBackend } from './backends/load-backend.ts';
import type { BackendUsage, SelfTestReport } from './engine.ts';
import { CancelledError, evaluateBatch, evaluateInto } from './evaluate-batch.ts';
import { addParts } from './kernel.ts';
import { areAllAdded, type OrderedSums } from './ordered-sums.ts';
import { selfTest } from './self-test.ts';
import type { SelfTestCase } from './self-test-cases.ts';
import type { SumsInThreads } from './sums-in-threads.ts';
import { type SweepSums, sumsOfEvaluations } from './sweep-sums.ts';
import { type IndexRange, partCount } from './tiling.ts';
import { InvalidPredictionsError } from './upload-batch.ts';

// The tasks of the engine threads, which `BackendThreads` runs. The backend is started and tested while this module loads,
// and thus before the first task, in the thread that will serve.

export interface EngineWorkerData extends StartOptions {
  readonly backend: BackendName;
  readonly cases: readonly SelfTestCase[];
}

/** The usage that this thread reported last. */
let lastReport = '';

const { backend: name, cases, ...options } = workerData as EngineWorkerData;
const backend = await loadBackend(name);
const device = await backend.start(options);
const report = await selfTest(cases, (batch) => evaluateBatch(batch, backend));
reportUsage();

export interface BackendDescription extends BackendDevice {
  readonly selfTest: SelfTestReport;
  /** The fewest parts of a batch that keep the device busy; by default 1. */
  readonly minParts?: number;
}

export const describe = workerTask(
  (): BackendDescription => ({ ...device, selfTest: report, minParts: backend.minParts ?? 1 }),
);

/** Some parts of a batch. The batch and all of its results are in shared memory. */
export interface EvaluateTask {
  readonly batch: Batch;
  readonly parts: IndexRange;
  /** What to evaluate it with, one after another, instead of its own γ and α: some evaluations of a sweep. */
  readonly hyperParameters?: HyperParameterGrid;
  readonly evaluations?: IndexRange;
  readonly arrays: ArrayTargets;
  /** Where the sums of each part go: `[evaluations, all parts of the batch, totalsLength(batch)]`. */
  readonly partSums: Float64Array;
  /** Where they are added up instead. */
  readonly addedSums?: SumsInThreads | undefined;
  /** Likewise for `evaluations`. */
  readonly sweepSums?: SweepSums | undefined;
  /** Its first number is not 0 once the results are no longer needed. */
  readonly cancelled: Int32Array;
}

export type EvaluateReply =
  | EvaluatedSlice
  | { readonly cancelled: true }
  /** The device has no memory left for the batch; with the library's message. */
  | { readonly outOfMemory: string };

export interface EvaluatedSlice {
  readonly overflow?: Overflow;
  readonly computeMs: number;
  /** Whether the thread should be replaced soon. */
  readonly needsRecycling?: true;
}

/** Throws a ServiceError if some predictions are not valid, or the sums of a sweep not finite. */
export const evaluate = workerTask(async (task: EvaluateTask): Promise<EvaluateReply> => {
  const { batch, parts, hyperParameters: grid, evaluations, arrays, partSums, cancelled } = task;
  const start = performance.now();
  const isCancelled = () => Atomics.load(cancelled, 0) !== 0;
  const hyperParameters = grid && evaluations && hyperParametersOf(grid, batch.layout.classes, evaluations);
  const sweepSums = task.sweepSums && sumsOfEvaluations(task.sweepSums);
  const addedSums = task.addedSums ? [task.addedSums] : sweepSums;
  try {
    const { overflow } = await evaluateInto(batch, arrays, backend, {
      parts,
      ...(addedSums ? { addedSums } : { partSums }),
      isCancelled,
      hyperParameters,
      hardLabels: grid?.hardLabels,
    });
    if (sweepSums) rejectInfiniteTotals(batch, sweepSums);
    else if (evaluations) rejectInfinite(task, evaluations.to - evaluations.from);
    const needsRecycling = backend.needsRecycling?.() && ({ needsRecycling: true } as const);
    return { ...(overflow && { overflow }), computeMs: performance.now() - start, ...needsRecycling };
  } catch (error) {
    if (error instanceof InvalidPredictionsError) return rejectPredictions(batch);
    if (error instanceof CancelledError) return { cancelled: true };
    if (backend.isOutOfMemory?.(error)) return { outOfMemory: (error as Error).message };
    throw error;
  } finally {
    reportUsage();
  }
});

function hyperParametersOf(grid: HyperParameterGrid, classes: number, { from, to }: IndexRange) {
  return Array.from({ length: to - from }, (_, i) => hyperParametersAt(grid, classes, from + i));
}

/** Checks the sums of whole evaluations. Those that other threads still add to are checked by them. */
function rejectInfiniteTotals(batch: Batch, sums: readonly OrderedSums[]): void {
  for (const each of sums) if (areAllAdded(each)) rejectInfiniteSums(batch, each.totals);
}

/** Checks the sums of the task's parts. */
function rejectInfinite({ batch, parts, partSums }: EvaluateTask, evaluations: number): void {
  const size = totalsLength(batch);
  const stride = partCount(batch.layout) * size;
  for (let first = 0; first < evaluations * stride; first += stride) {
    rejectInfiniteSums(batch, partSums.subarray(first + parts.from * size, first + parts.to * size));
  }
}

/** The sums of all parts, to be added up. */
export interface AddTask {
  readonly batch: Pick<Batch, 'layout' | 'outputs'>;
  /** `[evaluations, parts, totalsLength(batch)]` */
  readonly partSums: Float64Array;
  /** Where the result goes, `[evaluations, totalsLength(batch)]`. */
  readonly totals: Float64Array;
  /** Of the sums of each part: others are added elsewhere. */
  readonly range: IndexRange;
}

export const add = workerTask(({ batch, partSums, totals, range }: AddTask): void => {
  addParts(partSums, batch, totals, range);
});

/** What one engine thread holds between batches. */
export interface ThreadUsage extends BackendUsage {
  readonly thread: number;
}

/** Reports to the main thread what this one holds. Unchanged figures are not sent again, so that this costs next to nothing. */
function reportUsage(): void {
  const { numTensors: tensors, numBytes: tensorBytes } = memory();
  const usage: ThreadUsage = { thread: threadId, memoryBytes: backend.memoryBytes?.() ?? 0, tensors, tensorBytes };
  const report = `${usage.memoryBytes} ${tensors} ${tensorBytes}`;
  if (report !== lastReport) parentPort?.postMessage(usage);
  lastReport = report;
}
