import { backend, memory } from '@tensorflow/tfjs-core';
import {
  describe as report,
  evaluate as serve,
  type WorkerReply,
  type WorkerTask,
} from '../../../src/engine/engine-worker.ts';

// src/engine/engine-worker.ts, with a check for tensors that it leaves behind.

export const describe = report;

export async function evaluate(task: WorkerTask): Promise<WorkerReply> {
  const before = countTensors();
  const reply = await serve(task);
  const left = countTensors() - before;
  return left === 0 ? reply : { bug: `${left} tensors were left behind` };
}

/** tfjs-node's memory() does not count native tensors; its backend does. */
function countTensors(): number {
  const native = backend() as { getNumOfTFTensors?: () => number };
  return memory().numTensors + (native.getNumOfTFTensors?.() ?? 0);
}
