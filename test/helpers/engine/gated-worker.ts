import { threadId, workerData } from 'node:worker_threads';
import { workerTask } from '../../../src/core/worker-result.ts';
import type { EvaluateReply, EvaluateTask } from '../../../src/engine/engine-worker.ts';
import { totalsLength } from '../../../src/loss/evaluation.ts';
import { note, waitAt } from '../../harness/gate.ts';

// Replaces src/engine/engine-worker.ts, and does what the batch's first class name says: a command, and the path of the gate
// where the test holds the thread. Every number of its arrays is 1. Its sums are the id of the thread, or in a sweep, the
// gamma.

const { backend } = workerData as { backend: string };
/** A test sets it for all threads, which share the environment of the process: the backend that fails to start, and a gate. */
const [failing, failurePath = ''] = process.env.GATED_START_FAILS?.split(' ') ?? [];
if (failing === backend) {
  note(failurePath, 'failed');
  throw new Error('planted at the start');
}

export const describe = workerTask(() => {
  const selfTest = { cases: 0, worstRelativeError: 0, tolerance: 0 };
  return { device: 'a thread that tests hold', versions: {}, selfTest };
});

export const evaluate = workerTask((task: EvaluateTask): EvaluateReply => {
  const { batch, parts, hyperParameters, arrays, cancelled } = task;
  const [command = '', path = '', otherPath = ''] = batch.classNames?.[0]?.split(' ') ?? [];
  const isCancelled = () => Atomics.load(cancelled, 0) !== 0;
  if (isCancelled()) return { cancelled: true };
  const hasFirstPart = parts.from === 0;
  const gamma = hyperParameters?.[0]?.gamma[0];
  const fillArrays = (value: number) => {
    for (const array of Object.values(arrays)) array.fill(value);
  };

  fillArrays(1);
  if (path !== '') note(path, 'begun');
  switch (command) {
    // Waits until the gate is open or the batch is cancelled.
    case 'hold':
      waitAt(path, isCancelled);
      break;
    // Waits for the gate even if the batch is cancelled, and writes its results then.
    case 'late':
      waitAt(path);
      fillArrays(7);
      note(path, 'written');
      break;
    // Fails if the memory of its batch changes until the gate is open.
    case 'watch': {
      const tensors = [batch.predictions, batch.labels, ...Object.values(arrays)];
      const before = tensors.map((tensor) => tensor.slice());
      waitAt(path);
      if (!tensors.every((tensor, t) => Buffer.from(tensor.slice().buffer).equals(Buffer.from(before[t]!.buffer)))) {
        throw new Error('another thread wrote into the memory of this batch');
      }
      break;
    }
    case 'hang':
      for (;;);
    case 'first-hangs':
      while (hasFirstPart);
      waitAt(path, isCancelled);
      break;
    case 'exit':
      process.exit(1);
      break;
    // Once the gate is open, the thread with the first part ends. The others wait at another gate.
    case 'first-exits':
      waitAt(hasFirstPart ? path : otherPath, isCancelled);
      if (hasFirstPart) process.exit(1);
      break;
    // The same, but the others wait even if the batch is cancelled.
    case 'first-exits-others-late':
      waitAt(hasFirstPart ? path : otherPath);
      if (hasFirstPart) process.exit(1);
      break;
    // In a sweep, these two affect a chunk whose gamma is 2.
    case 'late-at-gamma-2':
      if (gamma === 2) waitAt(path);
      break;
    case 'exit-at-gamma-2':
      if (gamma === 2) process.exit(1);
      break;
    case 'bug':
      throw new Error('planted');
    case 'memory':
      return { outOfMemory: 'planted' };
    case 'not-finite':
      return { notFinite: true };
  }
  if (isCancelled()) {
    if (path !== '') note(path, 'cancelled');
    return { cancelled: true };
  }
  const reply = { partSums: sumsOf(task), computeMs: 0 };
  return command === 'needsRecycling' ? { ...reply, needsRecycling: true } : reply;
});

function sumsOf({ batch, parts, hyperParameters }: EvaluateTask): Float64Array {
  const length = (parts.to - parts.from) * totalsLength(batch);
  if (!hyperParameters) return new Float64Array(length).fill(threadId);
  const sums = new Float64Array(hyperParameters.length * length);
  for (const [i, { gamma }] of hyperParameters.entries()) sums.fill(gamma[0]!, i * length, (i + 1) * length);
  return sums;
}
