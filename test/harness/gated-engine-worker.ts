import type { WorkerTask } from '../../src/engine/engine-worker.ts';
import { note, waitAt } from './gate.ts';

// The built engine's worker, which the test holds at a gate where the batch's first class is called "hold" and the gate's
// path. `gated-threads.mjs` puts it into the place of the worker.

const real: typeof import('../../src/engine/engine-worker.ts') = await import(
  `${new URL('../../dist/engine/worker.js', import.meta.url)}?real`
);

export const { inspect } = real;

export async function evaluate(task: WorkerTask) {
  const [command, path = ''] = task.batch.classNames?.[0]?.split(' ') ?? [];
  if (command === 'hold') {
    note(path, 'begun');
    waitAt(path);
  }
  return await real.evaluate(task);
}
