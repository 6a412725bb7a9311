import { parentPort, threadId, workerData } from 'node:worker_threads';
import { workerTask } from '../../../src/core/worker-result.ts';
import type { EvaluateReply, EvaluateTask, ThreadUsage } from '../../../src/engine/engine-worker.ts';
import { note, waitAt } from '../../harness/gate.ts';
import { firstClassName } from './class-name.ts';

// Replaces src/engine/engine-worker.ts, and reports what the test expects to be taken over: what it holds, how long it took, and
// results that overflow. The sums of each part are the number of parts of its slice.

export const USAGE = { memoryBytes: 1000, tensors: 10, tensorBytes: 80 };
export const MIN_PARTS = 4;

export const describe = workerTask(() => {
  const selfTest = { cases: 0, worstRelativeError: 0, tolerance: 0 };
  const { build } = workerData as { build?: string };
  return { device: 'a thread that reports', versions: {}, selfTest, ...(build && { minParts: MIN_PARTS }) };
});

export const evaluate = workerTask(({ batch, parts, partSums }: EvaluateTask): EvaluateReply => {
  const usage: ThreadUsage = { thread: threadId, ...USAGE };
  parentPort!.postMessage(usage);
  const [command = '', path = ''] = firstClassName(batch).split(' ');
  const isFirst = parts.from === 0;
  switch (command) {
    case 'exit':
      process.exit(1);
      break;
    // Every part overflows; the thread with the first one replies last.
    case 'overflow':
      if (isFirst) waitAt(path);
      else note(path, 'replied');
      return { computeMs: 1, overflow: { output: 'gradients', position: isFirst ? 1 : 2 } };
    // The thread with the first part takes the longest.
    case 'slow-first':
      return { computeMs: isFirst ? 100 : 1 };
  }
  partSums.fill(parts.to - parts.from);
  // So long that a slice has one part, unless the device needs more.
  return { computeMs: 100 * (parts.to - parts.from) };
});
