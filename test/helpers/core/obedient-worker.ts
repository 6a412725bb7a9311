import { spawnSync } from 'node:child_process';
import { threadId } from 'node:worker_threads';
import { ServiceError } from '../../../src/core/service-error.ts';
import { workerTask } from '../../../src/core/worker-result.ts';

// A worker module for tests of the pool: each task does what its name says.

export const getThreadId = workerTask(() => threadId);

export const exit = workerTask((): never => process.exit(1));

export const hang = workerTask((flag: Int32Array) => {
  Atomics.store(flag, 0, 1);
  for (;;);
});

/** Waits until the test stores another number than 0. */
export const waitFor = workerTask((flag: Int32Array) => {
  Atomics.wait(flag, 0, 0);
  return 'done';
});

export const fail = workerTask((message: string) => {
  throw new RangeError(message);
});

export const reject = workerTask(() => {
  const issues = [{ pointer: '/labels', message: 'expected an integer, got 0.5', index: [3] }];
  throw new ServiceError('invalid_request', '1 issue', { issues, more: 2, retryAfterSeconds: 7 });
});

/** Appends a number to those that other tasks have appended. */
export const append = workerTask(({ list, number }: { list: Int32Array; number: number }) => {
  const length = Atomics.add(list, 0, 1);
  Atomics.store(list, 1 + length, number);
});

export const makeNumbers = workerTask(
  (length: number) => new Float64Array(length).fill(0.5),
  (numbers) => [numbers.buffer],
);

/** Blocks in native code, where the thread cannot be ended. Makes the file `started` there, and goes on until the test makes `end`. */
export const blockNatively = workerTask((directory: string) => {
  spawnSync('sh', ['-c', 'touch started; until [ -e end ]; do sleep 0.02; done'], { cwd: directory, timeout: 60_000 });
});
