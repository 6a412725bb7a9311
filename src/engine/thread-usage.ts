import { parentPort, threadId } from 'node:worker_threads';
import { memory } from '@tensorflow/tfjs-core';
import type { Backend } from './backends/backend.ts';

/** What one engine thread holds between batches. */
export interface ThreadUsage {
  readonly thread: number;
  /** Of its backend; 0 if the backend can't tell. */
  readonly memoryBytes: number;
  readonly tensors: number;
  readonly tensorBytes: number;
}

let lastReport = '';

/** Reports to the main thread what this one holds. Unchanged figures are not sent again, so that this costs next to nothing. */
export function reportUsage(backend: Backend): void {
  const { numTensors: tensors, numBytes: tensorBytes } = memory();
  const usage: ThreadUsage = { thread: threadId, memoryBytes: backend.memoryBytes?.() ?? 0, tensors, tensorBytes };
  const report = `${usage.memoryBytes} ${tensors} ${tensorBytes}`;
  if (report !== lastReport) parentPort?.postMessage(usage);
  lastReport = report;
}
