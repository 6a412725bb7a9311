import { threadId, workerData } from 'node:worker_threads';
import { wasmRung } from '../../../src/engine/backends/wasm/wasm-backend.ts';
import type { WorkerFacts, WorkerReply, WorkerTask } from '../../../src/engine/engine-worker.ts';
import { runBatch } from '../../../src/engine/evaluate-batch.ts';
import { selfTest } from '../../../src/engine/self-test.ts';
import { SUMS_PER_CLASS } from '../../../src/loss/class-sums.ts';

// Stands in for src/engine/worker.ts on a machine whose "cuda" has the fault that SABOTAGE names. Any other rung is the
// embedded one. The environment is shared, so that a fault may change from one thread to its replacement.

const isSabotaged = (workerData as { rung: string }).rung === 'cuda';
const { device, versions } = await wasmRung.start();
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
  const evaluation = await runBatch(batch, wasmRung);
  return { ...evaluation, sums: evaluation.sums.map((sum) => sum * fault) };
});

export function inspect(): WorkerFacts {
  return { device, versions, selfTest: report };
}

/** On the sabotaged rung, sums that tell which thread it was. */
export async function evaluate({ batch }: WorkerTask): Promise<WorkerReply> {
  if (!isSabotaged) return { parts: (await runBatch(batch, wasmRung)).sums, computeMs: 0 };
  if (process.env.SABOTAGE === 'dies, then is wrong') {
    process.env.SABOTAGE = 'is wrong';
    process.exit(1);
  }
  const spent = process.env.SABOTAGE === 'is spent';
  if (spent) process.env.SABOTAGE = 'none';
  return { parts: new Float64Array(SUMS_PER_CLASS).fill(threadId), computeMs: 0, ...(spent && { spent }) };
}
