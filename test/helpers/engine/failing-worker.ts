import { threadId, workerData } from 'node:worker_threads';
import { workerTask } from '../../../src/core/worker-result.ts';
import type { EvaluateReply, EvaluateTask } from '../../../src/engine/engine-worker.ts';
import { note, waitAt } from '../../harness/gate.ts';
import { firstClassName } from './class-name.ts';

// Replaces src/engine/engine-worker.ts, and fails as the batch's class name says. If it does not fail, each of the sums is
// the id of its thread.

if ((workerData as { backend: string }).backend !== 'wasm') throw new Error('no such backend');

export const describe = workerTask(() => {
  const selfTest = { cases: 0, worstRelativeError: 0, tolerance: 0 };
  return { device: 'a thread that fails', versions: {}, selfTest };
});

export const evaluate = workerTask(({ batch, partSums, cancelled }: EvaluateTask): EvaluateReply => {
  if (Atomics.load(cancelled, 0) !== 0) return { cancelled: true };
  const [command, path = ''] = firstClassName(batch).split(' ');
  switch (command) {
    // Until the test opens the gate.
    case 'hold':
      note(path, 'begun');
      waitAt(path);
      break;
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
  partSums.fill(threadId);
  return { computeMs: 0 };
});
