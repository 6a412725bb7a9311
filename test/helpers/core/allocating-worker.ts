import { RemoteAllocator } from '../../../src/core/remote-allocator.ts';
import { workerTask } from '../../../src/core/worker-result.ts';

// Tasks that allocate from the lease of the main thread.

interface FillTask {
  readonly allocator: number;
  readonly lengths: readonly number[];
  readonly value: number;
}

export const fill = workerTask(({ allocator, lengths, value }: FillTask): Float64Array[] => {
  const remote = new RemoteAllocator(allocator);
  return lengths.map((length) => remote.float64(length).fill(value));
});

export const charge = workerTask(({ allocator, bytes }: { allocator: number; bytes: number }): void => {
  new RemoteAllocator(allocator).charge(bytes);
});
