import { parentPort, threadId } from 'node:worker_threads';
import { memory } from '@tensorflow/tfjs-core';
import type { Backend } from './backends/backend.ts';

/** What one engine thread holds between batches. */
export interface ThreadUsage {
  readonly thread: number;
  /** Of its backend: 0 where that can't tell. */
  readonly memoryBytes: number;
  readonly tensors: number;
  readonly tensorBytes: number;
}

let last = '';

/** Tells the main thread what this one holds, where that has changed: it hardly ever does, and so it costs nothing. */
export function reportUsage(backend: Backend): void {
  const { numTensors: tensors, numBytes: tensorBytes } = memory();
  const usage: ThreadUsage = { thread: threadId, memoryBytes: backend.memoryBytes?.() ?? 0, tensors, tensorBytes };
  const said = `${usage.memoryBytes} ${tensors} ${tensorBytes}`;
  if (said !== last) parentPort?.postMessage(usage);
  last = said;
}
