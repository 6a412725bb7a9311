import { workerData } from 'node:worker_threads';
import { memory } from '@tensorflow/tfjs-core';
import { move, transferableSymbol, valueSymbol } from 'piscina';
import type { Batch } from '../loss/batch.ts';
import type { Evaluation } from '../loss/evaluation.ts';
import type { Complaint, FailureCode } from '../loss/failure.ts';
import { findOverflow } from '../loss/overflow.ts';
import type { SelfTestReport } from './engine.ts';
import { runBatch } from './run-batch.ts';
import type { RungDevice, RungName } from './rung.ts';
import { selfTest } from './self-test.ts';
import { wasmRung } from './wasm/rung.ts';

// An engine thread: `worker-pool.ts` runs the functions that this file exports. The rung is started and tested before
// the first of them, in the thread that will serve.

const RUNGS = { wasm: wasmRung } as const;
const rung = RUNGS[(workerData as { rung: RungName }).rung];
const device = await rung.start();
const report = await selfTest(runBatch);

export interface WorkerFacts extends RungDevice {
  readonly selfTest: SelfTestReport;
}

export function inspect(): WorkerFacts {
  return { ...device, selfTest: report };
}

/** The number of tensors that tfjs holds in this thread; 0 between batches. */
export function tensorCount(): number {
  return memory().numTensors;
}

/** Functions throw across threads as bare messages, so a failure travels as data. */
export type WorkerReply =
  | { readonly evaluation: Evaluation; readonly computeMs: number }
  | {
      readonly failure: {
        readonly code: FailureCode;
        readonly message: string;
        readonly complaints: readonly Complaint[];
      };
    }
  | { readonly bug: string };

export async function evaluate(batch: Batch): Promise<WorkerReply> {
  const start = performance.now();
  try {
    const evaluation = await runBatch(batch);
    const overflow = findOverflow(batch, evaluation);
    if (overflow)
      return { failure: { code: overflow.code, message: overflow.message, complaints: overflow.complaints } };
    return moved({ evaluation, computeMs: performance.now() - start });
  } catch (error) {
    return { bug: error instanceof Error ? (error.stack ?? error.message) : String(error) };
  }
}

/** Hands the arrays over instead of copying them. */
function moved(reply: { evaluation: Evaluation; computeMs: number }): WorkerReply {
  const { arrays, sums } = reply.evaluation;
  const buffers = [sums, ...Object.values(arrays)].map((array) => array.buffer);
  return move({ [transferableSymbol]: buffers, [valueSymbol]: reply } as never) as unknown as WorkerReply;
}
