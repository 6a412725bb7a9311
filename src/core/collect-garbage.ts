import { getHeapStatistics, setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

/** What the JavaScript values of a thread may take before they are collected; its code and its buffers are 15 MiB of it. */
const MAX_HEAP_BYTES = 32 * 2 ** 20;

let collect: (() => void) | undefined;

/**
 * Collects all garbage of this thread if its heap is large. V8 sees no reason to while its own limits, which are gigabytes,
 * are far away; but memory that is not charged to a request any more should be free for others.
 */
export function collectLargeHeap(): void {
  // Long texts lie outside of the heap.
  const { used_heap_size: heap, external_memory: external } = getHeapStatistics();
  if (heap + external > MAX_HEAP_BYTES) collectGarbage();
}

/** Collects all garbage of this thread. */
export function collectGarbage(): void {
  if (collect === undefined) {
    setFlagsFromString('--expose-gc');
    collect = runInNewContext('gc') as () => void;
  }
  collect();
}
