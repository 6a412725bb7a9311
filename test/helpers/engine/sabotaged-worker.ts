import { threadId, workerData } from 'node:worker_threads';
import { workerTask } from '../../../src/core/worker-result.ts';
import { wasmBackend } from '../../../src/engine/backends/wasm/wasm-backend.ts';
import type {
  BackendDescription,
  EngineWorkerData,
  EvaluateReply,
  EvaluateTask,
} from '../../../src/engine/engine-worker.ts';
import { evaluateBatch } from '../../../src/engine/evaluate-batch.ts';
import { selfTest } from '../../../src/engine/self-test.ts';

// Replaces src/engine/engine-worker.ts on a machine whose "cuda", and whose build for relaxed SIMD, has the fault that SABOTAGE
// names. Any other backend is the embedded one. Threads share the environment, so a fault may change between a thread and its
// replacement.

const { backend, build, cases } = workerData as EngineWorkerData;
const isSabotaged = backend === 'cuda' || build === 'relaxed SIMD';
const { device, versions } = await wasmBackend.start({ build: 'SIMD' });
let fault = 1;
switch (isSabotaged && process.env.SABOTAGE) {
  case 'aborts':
    // A thread can't abort alone, so only the child process that probes the backend may abort, and not the tests.
    if (process.env.SABOTEUR !== String(process.pid)) process.kill(process.pid, 'SIGABRT');
    for (;;);
  case 'hangs':
    for (;;);
  case 'has no library':
    throw new Error('libtensorflow.so.2: cannot open shared object file');
  case 'has no device':
    throw new Error('TensorFlow found no GPU that it can use');
  case 'is wrong':
    fault = 1.001;
}
const report = await selfTest(cases, async (batch) => {
  const evaluation = await evaluateBatch(batch, wasmBackend);
  return { ...evaluation, sums: evaluation.sums.map((sum) => sum * fault) };
});

export const describe = workerTask((): BackendDescription => ({ device, versions, selfTest: report }));

/** On the sabotaged backend, each of the sums is the id of its thread. */
export const evaluate = workerTask(async ({ batch, partSums }: EvaluateTask): Promise<EvaluateReply> => {
  if (!isSabotaged) {
    partSums.set((await evaluateBatch(batch, wasmBackend)).sums);
    return { computeMs: 0 };
  }
  if (process.env.SABOTAGE === 'dies, then is wrong') {
    process.env.SABOTAGE = 'is wrong';
    process.exit(1);
  }
  const needsRecycling = process.env.SABOTAGE === 'needs recycling';
  if (needsRecycling) process.env.SABOTAGE = 'none';
  partSums.fill(threadId);
  return { computeMs: 0, ...(needsRecycling && { needsRecycling }) };
});
