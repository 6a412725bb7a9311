import type { EvaluateTask } from '../../src/engine/engine-worker.ts';
import { firstClassName } from '../helpers/engine/class-name.ts';
import { note, waitAt } from './gate.ts';

// The built engine worker, which a test holds at a gate if the batch's first class is called "hold" and the gate's path.
// `gated-threads.mjs` runs it in place of the original.

const original: typeof import('../../src/engine/engine-worker.ts') = await import(
  `${new URL('../../dist/engine/engine-worker.js', import.meta.url)}?original`
);

export const { add, describe } = original;

export async function evaluate(task: EvaluateTask) {
  const [command, path = ''] = firstClassName(task.batch).split(' ');
  if (command === 'hold') {
    note(path, 'begun');
    waitAt(path);
  }
  return await original.evaluate(task);
}
