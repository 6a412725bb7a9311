import { workerData } from 'node:worker_threads';
import { move, transferableSymbol, valueSymbol } from 'piscina';
import type { Batch } from '../loss/batch.ts';
import type { StoredArrays } from '../loss/evaluation.ts';
import type { Overflow } from '../loss/overflow.ts';
import type { HyperParameters } from '../loss/sweep-plan.ts';
import type { BackendDevice, BackendName } from './backends/backend.ts';
import { loadBackend } from './backends/load-backend.ts';
import type { SelfTestReport } from './engine.ts';
import { Cancelled, NotFinite, runBatch, runInto } from './evaluate-batch.ts';
import { selfTest } from './self-test.ts';
import { reportUsage } from './thread-usage.ts';
import type { IndexRange } from './tiling.ts';

// An engine thread: `worker-pool.ts` runs the functions that this file exports. The backend is started and tested before
// the first of them, in the thread that will serve.

const { backend: name, explicit } = workerData as { backend: BackendName; explicit: boolean };
const backend = await loadBackend(name);
const device = await backend.start({ explicit });
const report = await selfTest((batch) => runBatch(batch, backend));
reportUsage(backend);

export interface WorkerFacts extends BackendDevice {
  readonly selfTest: SelfTestReport;
}

export function describe(): WorkerFacts {
  return { ...device, selfTest: report };
}

/** A batch and where its results go, in shared memory, and which parts of it are to be evaluated. */
export interface WorkerTask {
  readonly batch: Batch;
  readonly parts: IndexRange;
  /** γ and α that replace the batch's own, one evaluation for each. */
  readonly hyperParameters?: readonly HyperParameters[];
  readonly arrays: StoredArrays;
  /** Its first number is not 0 once nobody waits for the results any more. */
  readonly cancelled: Int32Array;
}

export type WorkerReply =
  | {
      /** `[hyperParameters, parts, totalsLength(batch)]` */
      readonly parts: Float64Array;
      readonly overflow?: Overflow;
      readonly computeMs: number;
      /** The thread should be replaced soon. */
      readonly needsRecycling?: true;
    }
  /** The host finds out which predictions they are. */
  | { readonly notFinite: true }
  | { readonly cancelled: true }
  /** The device had none left for the batch; in its words. */
  | { readonly outOfMemory: string }
  /** Errors lose what they know between threads, so a bug travels as its stack. */
  | { readonly bug: string };

export async function evaluate({ batch, parts, hyperParameters, arrays, cancelled }: WorkerTask): Promise<WorkerReply> {
  const start = performance.now();
  const isCancelled = () => Atomics.load(cancelled, 0) !== 0;
  try {
    const result = await runInto(batch, arrays, backend, { parts, isCancelled, hyperParameters });
    const reply: WorkerReply = {
      ...result,
      computeMs: performance.now() - start,
      ...(backend.needsRecycling?.() && { needsRecycling: true }),
    };
    return handedOver(reply, result.parts.buffer);
  } catch (error) {
    if (error instanceof NotFinite) return { notFinite: true };
    if (error instanceof Cancelled) return { cancelled: true };
    if (backend.isOutOfMemory?.(error)) return { outOfMemory: (error as Error).message };
    return { bug: error instanceof Error ? (error.stack ?? error.message) : String(error) };
  } finally {
    reportUsage(backend);
  }
}

/** Moves a buffer to the other thread with the reply instead of copying it. */
function handedOver(reply: WorkerReply, buffer: ArrayBufferLike): WorkerReply {
  return move({ [transferableSymbol]: [buffer], [valueSymbol]: reply } as never) as unknown as WorkerReply;
}
