import { threadId, workerData } from 'node:worker_threads';
import type { WorkerReply, WorkerTask } from '../../../src/engine/engine-worker.ts';
import { totalsLength } from '../../../src/loss/evaluation.ts';
import { note, waitAt } from '../../harness/gate.ts';

// Stands in for src/engine/worker.ts and does what the batch's first class name says: a command, and the path of the gate
// (test/harness/gate.ts) where the test holds the thread. Every number of its results is 1, and its sums tell which
// thread it was, or in a sweep, which gamma.

const { backend } = workerData as { backend: string };
/** Set by a test, for all threads at once, as they share the environment of the process: which backend fails, and a gate. */
const [failing, failingPath = ''] = process.env.GATED_START_FAILS?.split(' ') ?? [];
if (failing === backend) {
  note(failingPath, 'failed');
  throw new Error('planted at the start');
}

export function describe() {
  const selfTest = { cases: 0, worstRelativeError: 0, tolerance: 0 };
  return { device: 'a thread that tests hold', versions: {}, selfTest };
}

export function evaluate(task: WorkerTask): WorkerReply {
  const { batch, parts, settings, arrays, cancelled } = task;
  const isCancelled = () => Atomics.load(cancelled, 0) !== 0;
  const [command = '', path = '', otherPath = ''] = batch.classNames?.[0]?.split(' ') ?? [];
  if (isCancelled()) return { cancelled: true };
  const reply = { parts: sumsOf(task), computeMs: 0 };
  const tensors = [batch.predictions, batch.labels, ...Object.values(arrays)];
  for (const array of Object.values(arrays)) array.fill(1);

  if (path !== '') note(path, 'begun');
  switch (command) {
    // Until the gate is open, or its batch cancelled.
    case 'hold':
      waitAt(path, isCancelled);
      break;
    // Until the gate is open, whatever happens; then it writes its results.
    case 'late':
      waitAt(path);
      for (const array of Object.values(arrays)) array.fill(7);
      note(path, 'written');
      break;
    // Looks whether anybody else writes where its batch lies.
    case 'watch': {
      const before = tensors.map((tensor) => tensor.slice());
      waitAt(path);
      const same = tensors.every((tensor, i) => tensor.every((number, at) => number === before[i]![at]));
      if (!same) return { bug: 'somebody else wrote into the memory of this batch' };
      break;
    }
    case 'hang':
      for (;;);
    case 'first-hangs':
      while (parts.from === 0);
      waitAt(path, isCancelled);
      break;
    case 'exit':
      process.exit(1);
      break;
    // The thread with the first parts ends, once the gate is open; those with others are held at another.
    case 'first-exits':
      if (parts.from === 0) {
        waitAt(path);
        process.exit(1);
      }
      waitAt(otherPath, isCancelled);
      break;
    // Likewise, but the others stay although the batch is cancelled.
    case 'first-exits-others-late':
      if (parts.from === 0) {
        waitAt(path);
        process.exit(1);
      }
      waitAt(otherPath);
      break;
    // Of a sweep: holds the thread, or ends it, where a setting has a gamma of 2.
    case 'late-2':
      if (settings?.[0]?.gamma[0] === 2) waitAt(path);
      break;
    case 'exit-2':
      if (settings?.[0]?.gamma[0] === 2) process.exit(1);
      break;
    case 'bug':
      return { bug: 'planted' };
    case 'memory':
      return { outOfMemory: 'planted' };
    case 'not-finite':
      return { notFinite: true };
    case 'needsRecycling':
      return { ...reply, needsRecycling: true };
  }
  if (isCancelled()) {
    if (path !== '') note(path, 'cancelled');
    return { cancelled: true };
  }
  return reply;
}

function sumsOf({ batch, parts, settings }: WorkerTask): Float64Array {
  const length = (parts.to - parts.from) * totalsLength(batch);
  if (!settings) return new Float64Array(length).fill(threadId);
  const sums = new Float64Array(settings.length * length);
  for (const [i, { gamma }] of settings.entries()) sums.fill(gamma[0]!, i * length, (i + 1) * length);
  return sums;
}
