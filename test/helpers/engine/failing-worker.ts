import { threadId, workerData } from 'node:worker_threads';
import { workerTask } from '../../../src/core/worker-result.ts';
import type { EvaluateReply, EvaluateTask } from '../../../src/engine/engine-worker.ts';
import { SUMS_PER_CLASS } from '../../../src/loss/class-sums.ts';

// Replaces src/engine/engine-worker.ts, and fails as the batch's class name says. If it does not fail, each of the sums is
// the id of its thread.

if ((workerData as { backend: string }).backend !== 'wasm') throw new Error('no such backend');

export const describe = workerTask(() => {
  const selfTest = { cases: 0, worstRelativeError: 0, tolerance: 0 };
  return { device: 'a thread that fails', versions: {}, selfTest };
});

export const evaluate = workerTask(({ batch, cancelled }: EvaluateTask): EvaluateReply => {
  if (Atomics.load(cancelled, 0) !== 0) return { cancelled: true };
  switch (batch.classNames?.[0]) {
    case 'exit':
      process.exit(1);
      break;
    case 'hang':
      for (;;);
    case 'bug':
      throw new Error('planted');
    case 'memory':
      return { outOfMemory: 'OOM when allocating tensor' };
    case 'sleep':
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 300);
      if (Atomics.load(cancelled, 0) !== 0) return { cancelled: true };
  }
  return { partSums: new Float64Array(SUMS_PER_CLASS).fill(threadId), computeMs: 0 };
});
