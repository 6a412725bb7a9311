import { availableParallelism } from 'node:os';
import { Haproxy } from '../../test/harness/haproxy.ts';
import { mean } from '../../test/harness/mean.ts';
import { median } from '../../test/harness/median.ts';
import { startService } from '../../test/harness/service-process.ts';
import { closedLoop, type LoopResult } from './closed-loop.ts';
import { type Kind, smallKinds } from './kinds.ts';
import { type Fleet, forecast, mostPerSecond, type ReplicaPace } from './model.ts';
import { processorMs } from './processor-time.ts';

const MOST_REPLICAS = 3;
const ROUNDS = 3;
/** Of what the fleet does at most; the last is more than it can do, so that jobs wait for it. */
const LOADS = [0.2, 0.5, 0.9, 1.5];
/** Timers go by milliseconds; steps have to be long beside that. */
const SHORTEST_STEP_MS = 20;
const STEP_OF_ALONE = 20;
const STEPS_OF_A_TURN = 30;

/** What jobs got from so many replicas, and what the model says. */
export interface Point {
  readonly kind: string;
  readonly replicas: number;
  readonly jobs: number;
  readonly stepMs: number;
  readonly measured: Outcome;
  readonly forecast: Outcome;
}

export interface Outcome {
  readonly batchesPerSecond: number;
  readonly latencyMs: number;
  readonly p99Ms: number;
}

/** What the model is told of a kind: by one replica alone, behind the proxy as the others are. */
export interface Told extends ReplicaPace {
  readonly kind: string;
  readonly cores: number;
  /** Of everything that runs: the replica, HAProxy and the jobs. */
  readonly processorMs: number;
}

interface Setup {
  readonly pids: readonly number[];
  /** By the number of replicas behind it, less 1. */
  readonly proxies: readonly Haproxy[];
}

/**
 * Jobs and one to three replicas of one engine thread on one machine, all of whose cores they share: so the model is
 * told what one replica does and how long the cores work for a batch, and has to tell what several do.
 */
export async function checkForecasts(): Promise<{ readonly told: Told[]; readonly points: Point[] }> {
  const services = await Promise.all(
    Array.from({ length: MOST_REPLICAS }, () => startService('--engine-threads', '1')),
  );
  const ports = services.map(({ address }) => Number(address));
  const proxies: Haproxy[] = [];
  for (const replicas of ports.keys()) proxies.push(await Haproxy.start(ports.slice(0, replicas + 1)));
  await Promise.all(proxies.map((proxy) => proxy.ready()));
  const setup = { pids: [...services, ...proxies, process].map(({ pid }) => pid), proxies };

  const told: Told[] = [];
  const points: Point[] = [];
  for (const kind of smallKinds()) {
    const found = await checkKind(setup, kind);
    told.push(found.told);
    points.push(...found.points);
  }
  await Promise.all(proxies.map((proxy) => proxy.stop()));
  await Promise.all(services.map((service) => service.stop()));
  return { told, points };
}

async function checkKind({ pids, proxies }: Setup, kind: Kind): Promise<{ told: Told; points: Point[] }> {
  const loop = { request: kind.request, durationMs: kind.turnMs };
  const tell = async (seed: number): Promise<Told> => {
    const through = { ...loop, address: proxies[0]!.port, stepMs: 0, seed };
    const alone = await closedLoop({ ...through, jobs: 1 });
    const before = processorMs(pids);
    const most = await closedLoop({ ...through, jobs: kind.callers });
    return {
      kind: kind.name,
      cores: availableParallelism(),
      aloneMs: mean(alone.latenciesMs),
      mostPerSecond: most.batchesPerSecond,
      processorMs: (processorMs(pids) - before) / most.latenciesMs.length,
    };
  };
  await tell(0); // Warms up.
  const rough = await tell(0);
  const stepMs = Math.max(SHORTEST_STEP_MS, Math.round(STEP_OF_ALONE * rough.aloneMs));
  const turnMs = Math.max(kind.turnMs, STEPS_OF_A_TURN * stepMs);
  const plans = proxies.flatMap(({ port }, i) =>
    LOADS.map((load) => {
      const replicas = i + 1;
      const perMs = mostPerSecond(fleetOf(rough, replicas)) / 1000;
      const jobs = Math.max(1, Math.round(load * perMs * (stepMs + rough.aloneMs)));
      return { address: port, replicas, jobs, results: [] as LoopResult[] };
    }),
  );
  const tellings: Told[] = [];
  for (let round = 1; round <= ROUNDS; round++) {
    tellings.push(await tell(round));
    for (const { address, jobs, results } of plans) {
      results.push(await closedLoop({ ...loop, address, jobs, stepMs, seed: round, durationMs: turnMs }));
    }
  }
  const middle = (field: 'aloneMs' | 'mostPerSecond' | 'processorMs') => median(tellings.map((each) => each[field]));
  const told: Told = {
    ...rough,
    aloneMs: middle('aloneMs'),
    mostPerSecond: middle('mostPerSecond'),
    processorMs: middle('processorMs'),
  };
  const points = plans.map(({ replicas, jobs, results }) => {
    const steps = median(results.map((result) => result.stepMs));
    const { batchesPerSecond, latencyMs, p99WaitMs } = forecast(fleetOf(told, replicas), { jobs, stepMs: steps });
    return {
      kind: kind.name,
      replicas,
      jobs,
      stepMs: steps,
      measured: outcomeOf(results),
      forecast: { batchesPerSecond, latencyMs, p99Ms: told.aloneMs + p99WaitMs },
    };
  });
  return { told, points };
}

/** Medians over the turns. */
function outcomeOf(turns: readonly LoopResult[]): Outcome {
  return {
    batchesPerSecond: median(turns.map((turn) => turn.batchesPerSecond)),
    latencyMs: median(turns.map(({ latenciesMs }) => mean(latenciesMs))),
    p99Ms: median(turns.map(({ latenciesMs }) => latenciesMs.toSorted((a, b) => a - b)[rankOf(latenciesMs)]!)),
  };
}

function rankOf({ length }: readonly number[]): number {
  return Math.ceil(0.99 * length) - 1;
}

function fleetOf(told: Told, replicas: number): Fleet {
  return { ...told, replicas, sharedMostPerSecond: (1000 * told.cores) / told.processorMs };
}
