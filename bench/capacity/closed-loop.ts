import { setTimeout as sleep } from 'node:timers/promises';
import { type Address, Connection, timeRequest } from '../../test/harness/connection.ts';
import { mulberry32 } from '../../test/harness/mulberry32.ts';

export interface Loop {
  readonly address: Address;
  readonly request: Buffer;
  readonly jobs: number;
  /** The mean of the jobs' own steps, which are exponential; 0 for jobs that only call. */
  readonly stepMs: number;
  readonly durationMs: number;
  readonly seed: number;
}

export interface LoopResult {
  readonly latenciesMs: readonly number[];
  /** The mean of the steps as they were: timers are late, and later under load. */
  readonly stepMs: number;
  readonly batchesPerSecond: number;
}

/** Jobs that do as training jobs do, each on its own connection: a step, a call, the answer, the next step. */
export async function closedLoop({ address, request, jobs, stepMs, durationMs, seed }: Loop): Promise<LoopResult> {
  const connections = await Promise.all(Array.from({ length: jobs }, () => Connection.open(address)));
  const latenciesMs: number[] = [];
  const steps: number[] = [];
  const start = performance.now();
  const job = async (connection: Connection, random: () => number) => {
    for (let last = start; ; last = performance.now()) {
      if (stepMs > 0) await sleep(-Math.log(1 - random()) * stepMs);
      if (performance.now() - start > durationMs) return;
      if (stepMs > 0) steps.push(performance.now() - last);
      latenciesMs.push(await timeRequest(connection, request));
    }
  };
  await Promise.all(connections.map((connection, i) => job(connection, mulberry32(1000 * seed + i))));
  const seconds = (performance.now() - start) / 1000;
  for (const connection of connections) connection.close();
  return {
    latenciesMs,
    stepMs: steps.length === 0 ? 0 : steps.reduce((a, b) => a + b) / steps.length,
    batchesPerSecond: latenciesMs.length / seconds,
  };
}
