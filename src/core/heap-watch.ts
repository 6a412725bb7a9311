import { getHeapStatistics } from 'node:v8';
import { collectGarbage } from './collect-garbage.ts';

/** What a heap may take before it is collected. */
const MAX_HEAP_BYTES = 96 * 2 ** 20;
/** As a multiple of what was in use when it was smallest: else a heap that is large for a reason would be collected again and again. */
const GROWTH = 1.5;
const INTERVAL_MS = 250;

/**
 * Collects the garbage of this thread whenever its heap has grown large, as long as the process runs. Connections that come and go
 * with long headers leave 40 KB each, and V8 would collect these at some hundred megabytes.
 */
export function watchHeap(): void {
  let smallest = Number.POSITIVE_INFINITY;
  const look = () => {
    const used = getHeapStatistics().used_heap_size;
    smallest = Math.min(smallest, used);
    if (used <= Math.max(MAX_HEAP_BYTES, GROWTH * smallest)) return;
    collectGarbage();
    smallest = getHeapStatistics().used_heap_size;
  };
  setInterval(look, INTERVAL_MS).unref();
}
