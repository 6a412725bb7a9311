import { threadId, workerData } from 'node:worker_threads';
import { wasmBackend } from '../../../src/engine/backends/wasm/wasm-backend.ts';
import type { WorkerFacts, WorkerReply, WorkerTask } from '../../../src/engine/engine-worker.ts';
import { runBatch } from '../../../src/engine/evaluate-batch.ts';
import { selfTest } from '../../../src/engine/self-test.ts';
import { SUMS_PER_CLASS } from '../../../src/loss/class-sums.ts';

// Replaces src/engine/engine-worker.ts. Its backend "cuda" has the fault that SABOTAGE names; any other backend is the
// embedded one. The environment is shared, so that a fault may change from one thread to its replacement.

const isSabotaged = (workerData as { backend: string }).backend === 'cuda';
const { device, versions } = await wasmBackend.start();
let fault = 1;
switch (isSabotaged && process.env.SABOTAGE) {
  case 'aborts':
    // Threads have no abort of their own. One that an earlier test is about to end must not take the tests with it.
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
const report = await selfTest(async (batch) => {
  const evaluation = await runBatch(batch, wasmBackend);
  return { ...evaluation, sums: evaluation.sums.map((sum) => sum * fault) };
});

export function describe(): WorkerFacts {
  return { device, versions, selfTest: report };
}

/** On the sabotaged backend, sums that tell which thread it was. */
export async function evaluate({ batch }: WorkerTask): Promise<WorkerReply> {
  if (!isSabotaged) return { parts: (await runBatch(batch, wasmBackend)).sums, computeMs: 0 };
  if (process.env.SABOTAGE === 'dies, then is wrong') {
    process.env.SABOTAGE = 'is wrong';
    process.exit(1);
  }
  const needsRecycling = process.env.SABOTAGE === 'is needsRecycling';
  if (needsRecycling) process.env.SABOTAGE = 'none';
  return {
    parts: new Float64Array(SUMS_PER_CLASS).fill(threadId),
    computeMs: 0,
    ...(needsRecycling && { needsRecycling }),
  };
}
