import { backend, memory } from '@tensorflow/tfjs-core';
import type { WorkerResult } from '../../../src/core/worker-result.ts';
import {
  add as addInWorker,
  describe as describeInWorker,
  type EvaluateReply,
  type EvaluateTask,
  evaluate as evaluateInWorker,
} from '../../../src/engine/engine-worker.ts';

// src/engine/engine-worker.ts, which also reports tensors that a batch leaves behind.

export const describe = describeInWorker;
export const add = addInWorker;

export async function evaluate(task: EvaluateTask): Promise<WorkerResult<EvaluateReply>> {
  const before = countTensors();
  const result = await evaluateInWorker(task);
  const left = countTensors() - before;
  return left === 0 ? result : { bug: `${left} tensors were left behind` };
}

/** tfjs-node's memory() misses its native tensors, which its backend counts. */
function countTensors(): number {
  const native = backend() as { getNumOfTFTensors?: () => number };
  return memory().numTensors + (native.getNumOfTFTensors?.() ?? 0);
}
