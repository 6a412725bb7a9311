import { spawnSync } from 'node:child_process';
import { evaluate as evaluateForReal, inspect } from '../../dist/engine/worker.js?real';

// The engine's worker, that dies in the middle of a batch whose first class is called so: after its arithmetic, before
// its answer; or hangs there, in native code, where no thread can be ended. `lethal-threads.mjs` puts it into the place of
// the worker.

export { inspect };

export async function evaluate(task) {
  const reply = await evaluateForReal(task);
  if (task.batch.classNames?.[0] === 'die') process.exit(1);
  if (task.batch.classNames?.[0] === 'hang') spawnSync('sleep', ['30']);
  return reply;
}
