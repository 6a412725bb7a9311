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

/** Gives one buffer each length in turn, and fills with its index what it becomes longer; another one is freed. */
export const grow = workerTask(({ allocator, lengths }: Omit<FillTask, 'value'>): (Uint8Array | undefined)[] => {
  const remote = new RemoteAllocator(allocator);
  const bytes = remote.bytes(2 ** 21).fill(0);
  remote.free(remote.bytes(2 ** 22));
  let before = 0;
  return lengths.map((length, i) => {
    const resized = remote.resize(bytes, length)?.fill(i, before);
    before = length;
    return resized;
  });
});
