import { spawnSync } from 'node:child_process';
import { describe, evaluate as evaluateInWorker } from '../../dist/engine/engine-worker.js?real';

// The engine's worker module, which obeys the first class name of a batch, between the evaluation and the reply: "die" ends
// the thread, and "hang" makes it hang in native code, where no thread can be ended. `lethal-threads.mjs` makes the service
// load it in place of the real one.

export { describe };

export async function evaluate(task) {
  const result = await evaluateInWorker(task);
  if (task.batch.classNames?.[0] === 'die') process.exit(1);
  if (task.batch.classNames?.[0] === 'hang') spawnSync('sleep', ['30']);
  return result;
}
