import type { RunOptions, WorkerPool } from '../core/worker-pool.ts';
import type * as CodecWorker from './codec-worker.ts';
import type { TextPart } from './json/array-text.ts';
import type { NumberPart, ReadPart } from './json/read-number-part.ts';

export type CodecThreads = WorkerPool<typeof CodecWorker>;

interface PartTasks {
  readNumbers: { part: NumberPart; result: ReadPart | undefined };
  writeText: { part: TextPart; result: Uint8Array };
}

/**
 * Runs the parts of one task at the same time, as far as threads are free.
 *
 * All of them end before this does, even if one fails: until then they use the memory of the request.
 */
export async function runParts<Name extends keyof PartTasks>(
  threads: CodecThreads,
  name: Name,
  parts: readonly PartTasks[Name]['part'][],
  options: RunOptions,
): Promise<PartTasks[Name]['result'][]> {
  const estimateMs = (options.estimateMs ?? 0) / parts.length;
  const results = await Promise.allSettled(
    parts.map((part) => threads.run(name, part as never, { ...options, estimateMs })),
  );
  return results.map((result) => {
    if (result.status === 'rejected') throw result.reason;
    return result.value;
  });
}
