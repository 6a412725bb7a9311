import { threadId, workerData } from 'node:worker_threads';
import type { WorkerReply, WorkerTask } from '../../../src/engine/engine-worker.ts';
import { SUMS_PER_CLASS } from '../../../src/loss/class-sums.ts';

// Replaces src/engine/engine-worker.ts and fails in the way that the batch's class name says. If it does not fail, the
// sums tell which thread it was.

if ((workerData as { backend: string }).backend !== 'wasm') throw new Error('no such backend');

export function describe() {
  const selfTest = { cases: 0, worstRelativeError: 0, tolerance: 0 };
  return { device: 'a thread that fails', versions: {}, selfTest };
}

export function evaluate({ batch, cancelled }: WorkerTask): WorkerReply {
  if (Atomics.load(cancelled, 0) !== 0) return { cancelled: true };
  switch (batch.classNames?.[0]) {
    case 'exit':
      process.exit(1);
      break;
    case 'hang':
      for (;;);
    case 'bug':
      return { bug: 'planted' };
    case 'memory':
      return { outOfMemory: 'OOM when allocating tensor' };
    case 'sleep':
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 300);
      if (Atomics.load(cancelled, 0) !== 0) return { cancelled: true };
  }
  return { parts: new Float64Array(SUMS_PER_CLASS).fill(threadId), computeMs: 0 };
}
