import { workerData } from 'node:worker_threads';
import * as obedient from './obedient-worker.ts';

// A worker module that takes a while to load: it sets its first number to 1 when it begins, and to 2 at its end. Then its tasks are
// those of the obedient one.

const flag = workerData as Int32Array;
Atomics.store(flag, 0, 1);
await new Promise((resolve) => setTimeout(resolve, 300));
Atomics.store(flag, 0, 2);

export const { append, exit, getThreadId, waitFor } = obedient;
