import { spawnSync } from 'node:child_process';
import { add, describe, evaluate as evaluateUnchanged } from '../../dist/engine/engine-worker.js?unchanged';

// An engine thread that fails on batches by the name of their first class, after it has computed them and before it
// returns the result: with `die` it exits, with `hang` it blocks in native code, where a thread can not be terminated.
// `failing-threads.mjs` loads it instead of the engine's own worker.

export { add, describe };

export async function evaluate(task) {
  const reply = await evaluateUnchanged(task);
  const name = firstClassName(task.batch);
  if (name === 'die') process.exit(1);
  if (name === 'hang') spawnSync('sleep', ['30']);
  return reply;
}

function firstClassName({ classNames: names }) {
  return names && JSON.parse(Buffer.from(names.buffer, names.byteOffset, names.byteLength).toString())[0];
}
