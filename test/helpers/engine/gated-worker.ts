import { threadId, workerData } from 'node:worker_threads';
import { invalidRequest } from '../../../src/core/common-errors.ts';
import type { StoredFloats } from '../../../src/core/float-format.ts';
import { workerTask } from '../../../src/core/worker-result.ts';
import type { EvaluateReply, EvaluateTask } from '../../../src/engine/engine-worker.ts';
import { partCount } from '../../../src/engine/tiling.ts';
import { type StoredArrays, totalsLength } from '../../../src/loss/evaluation.ts';
import { note, waitAt } from '../../harness/gate.ts';
import { firstClassName } from './class-name.ts';

// Replaces src/engine/engine-worker.ts, and does what the batch's first class name says: a command, and the path of the gate
// where the test holds the thread. Every number of its arrays is 1. Its sums are the id of the thread, or in a sweep, the
// gamma.

/** Every slice claims to have taken as long as it should. */
const COMPUTE_MS = 25;

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
  const { batch, parts, hyperParameters, evaluations, cancelled } = task;
  const arrays = task.arrays as StoredArrays;
  const [command = '', path = '', otherPath = ''] = firstClassName(batch).split(' ');
  const isCancelled = () => Atomics.load(cancelled, 0) !== 0;
  if (isCancelled()) return { cancelled: true };
  const hasFirstPart = parts.from === 0;
  const gamma = hyperParameters?.gammas[evaluations!.from];
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
      const tensors = [batch.predictions as StoredFloats, batch.labels, ...Object.values(arrays)];
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
    // In a sweep, these two affect a slice whose gamma is 2.
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
      throw invalidRequest({ pointer: '/logits', message: 'planted' });
  }
  if (isCancelled()) {
    if (path !== '') note(path, 'cancelled');
    return { cancelled: true };
  }
  writeSums(task);
  const reply = { computeMs: COMPUTE_MS };
  return command === 'needsRecycling' ? { ...reply, needsRecycling: true } : reply;
});

function writeSums({ batch, hyperParameters, evaluations, partSums }: EvaluateTask): void {
  if (!hyperParameters) {
    partSums.fill(threadId);
    return;
  }
  const length = partCount(batch.layout) * totalsLength(batch);
  for (let e = evaluations!.from; e < evaluations!.to; e++) {
    const start = (e - evaluations!.from) * length;
    partSums.fill(hyperParameters.gammas[e]!, start, start + length);
  }
}
