import { setTimeout as sleep } from 'node:timers/promises';
import { type Address, Connection, timeRequest } from '../../test/harness/connection.ts';
import { mean } from '../../test/harness/mean.ts';
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
  const stepsMs: number[] = [];
  const latenessMs: number[] = [];
  let answered = 0;
  const end = performance.now() + durationMs;
  const job = async (connection: Connection, random: () => number) => {
    for (let now = performance.now(); now < end; now = performance.now()) {
      if (stepMs > 0) {
        const step = -Math.log(1 - random()) * stepMs;
        stepsMs.push(step);
        await sleep(Math.min(step, end - now));
        if (now + step >= end) return;
        latenessMs.push(performance.now() - now - step);
      }
      latenciesMs.push(await timeRequest(connection, request));
      if (performance.now() < end) answered += 1;
    }
  };
  await Promise.all(connections.map((connection, i) => job(connection, mulberry32(1000 * seed + i))));
  for (const connection of connections) connection.close();
  return {
    latenciesMs,
    stepMs: stepMs === 0 ? 0 : mean(stepsMs) + mean(latenessMs),
    batchesPerSecond: (1000 * answered) / durationMs,
  };
}
