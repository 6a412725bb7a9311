import { parentPort, threadId, workerData } from 'node:worker_threads';
import { memory } from '@tensorflow/tfjs-core';
import { collectTask, workerTask } from '../core/worker-result.ts';
import type { Batch } from '../loss/batch.ts';
import type { StoredArrays } from '../loss/evaluation.ts';
import type { Overflow } from '../loss/overflow.ts';
import type { HyperParameters } from '../loss/sweep-plan.ts';
import type { BackendDevice, BackendName } from './backends/backend.ts';
import { loadBackend } from './backends/load-backend.ts';
import type { SelfTestReport } from './engine.ts';
import { CancelledError, evaluateBatch, evaluateInto, NotFiniteError } from './evaluate-batch.ts';
import { selfTest } from './self-test.ts';
import type { IndexRange } from './tiling.ts';

// The tasks of the engine threads, which `BackendThreads` runs. The backend is started and tested while this module loads,
// and thus before the first task, in the thread that will serve.

/** The usage that this thread reported last. */
let lastReport = '';

const { backend: name, explicit } = workerData as { backend: BackendName; explicit: boolean };
const backend = await loadBackend(name);
const device = await backend.start({ explicit });
const report = await selfTest((batch) => evaluateBatch(batch, backend));
reportUsage();

export interface BackendDescription extends BackendDevice {
  readonly selfTest: SelfTestReport;
}

export const collect = collectTask;

export const describe = workerTask((): BackendDescription => ({ ...device, selfTest: report }));

/** Some parts of a batch. The batch and the arrays of its results are in shared memory. */
export interface EvaluateTask {
  readonly batch: Batch;
  readonly parts: IndexRange;
  /** What to evaluate it with, one after another, instead of its own γ and α. */
  readonly hyperParameters?: readonly HyperParameters[];
  readonly arrays: StoredArrays;
  /** Its first number is not 0 once the results are no longer needed. */
  readonly cancelled: Int32Array;
}

export type EvaluateReply =
  | EvaluatedParts
  /** Some predictions are not finite; the host finds out which. */
  | { readonly notFinite: true }
  | { readonly cancelled: true }
  /** The device has no memory left for the batch; with the library's message. */
  | { readonly outOfMemory: string };

export interface EvaluatedParts {
  /** `[evaluations, parts, totalsLength(batch)]` */
  readonly partSums: Float64Array;
  readonly overflow?: Overflow;
  readonly computeMs: number;
  /** Whether the thread should be replaced soon. */
  readonly needsRecycling?: true;
}

export const evaluate = workerTask(
  async ({ batch, parts, hyperParameters, arrays, cancelled }: EvaluateTask): Promise<EvaluateReply> => {
    const start = performance.now();
    const isCancelled = () => Atomics.load(cancelled, 0) !== 0;
    try {
      const result = await evaluateInto(batch, arrays, backend, { parts, isCancelled, hyperParameters });
      const needsRecycling = backend.needsRecycling?.() && ({ needsRecycling: true } as const);
      return { ...result, computeMs: performance.now() - start, ...needsRecycling };
    } catch (error) {
      if (error instanceof NotFiniteError) return { notFinite: true };
      if (error instanceof CancelledError) return { cancelled: true };
      if (backend.isOutOfMemory?.(error)) return { outOfMemory: (error as Error).message };
      throw error;
    } finally {
      reportUsage();
    }
  },
  (reply) => ('partSums' in reply ? [reply.partSums.buffer] : []),
);

/** What one engine thread holds between batches. */
export interface ThreadUsage {
  readonly thread: number;
  /** Of its backend; 0 if the backend can't tell. */
  readonly memoryBytes: number;
  readonly tensors: number;
  readonly tensorBytes: number;
}

/** Reports to the main thread what this one holds. Unchanged figures are not sent again, so that this costs next to nothing. */
function reportUsage(): void {
  const { numTensors: tensors, numBytes: tensorBytes } = memory();
  const usage: ThreadUsage = { thread: threadId, memoryBytes: backend.memoryBytes?.() ?? 0, tensors, tensorBytes };
  const report = `${usage.memoryBytes} ${tensors} ${tensorBytes}`;
  if (report !== lastReport) parentPort?.postMessage(usage);
  lastReport = report;
}
