import { median } from '../../test/harness/median.ts';
import { closedLoop } from '../capacity/closed-loop.ts';
import { type Contender, interleave, type Timings } from '../harness/interleave.ts';
import { unlessToy } from '../harness/toy.ts';

/** What answers requests, or computes in the process of its own without any. */
export interface Subject {
  readonly name: string;
  /** Does one request or step; resolves to its milliseconds. */
  readonly once: () => Promise<number>;
  /** A server and the request that it gets; undefined: there is nothing to connect to. */
  readonly server?: { readonly port: number; readonly request: Buffer } | undefined;
}

export interface Latencies {
  /** Medians of blocks of requests, one after another on one connection. */
  readonly blocks: Timings;
  /** All times of these blocks, sorted, by subject. */
  readonly sorted: ReadonlyMap<string, readonly number[]>;
  /** Milliseconds for each request, with many connections at a time. */
  readonly loaded: Timings;
}

/** Requests come in blocks, so that a turn means the same process for a while, as in a training loop. */
export const BLOCK = unlessToy(100, 5);
export const CONNECTIONS = unlessToy(64, 4);
const LOAD_MS = unlessToy(400, 50);

/** Lets the subjects take turns: blocks of requests alone, then all connections at a time. */
export async function measureLatencies(subjects: readonly Subject[]): Promise<Latencies> {
  const all = new Map(subjects.map(({ name }) => [name, [] as number[]]));
  const alone: Contender[] = subjects.map(({ name, once }) => ({
    name,
    run: async () => {
      const times: number[] = [];
      for (let i = 0; i < BLOCK; i++) times.push(await once());
      all.get(name)!.push(...times);
      return median(times);
    },
  }));
  for (const { run } of alone) for (let i = 0; i < unlessToy(5, 0); i++) await run();
  for (const times of all.values()) times.length = 0;
  const blocks = await interleave(alone, { rounds: 30, warmUp: 0, budgetMs: 8000 });

  const together: Contender[] = subjects.flatMap(({ name, server }) => {
    if (!server) return [];
    const { port: address, request } = server;
    const loop = { address, request, jobs: CONNECTIONS, stepMs: 0, durationMs: LOAD_MS, seed: 1 };
    return [{ name, run: async () => 1000 / (await closedLoop(loop)).batchesPerSecond }];
  });
  const loaded = await interleave(together, { rounds: 5, warmUp: 1, budgetMs: 8000 });
  const sorted = new Map([...all].map(([name, times]) => [name, times.toSorted((a, b) => a - b)]));
  return { blocks, sorted, loaded };
}

/** @param share from 0 to 1 */
export function quantile(sorted: readonly number[], share: number): number {
  return sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))]!;
}
