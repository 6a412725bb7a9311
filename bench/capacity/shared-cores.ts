import { availableParallelism } from 'node:os';
import { Haproxy } from '../../test/harness/haproxy.ts';
import { mean } from '../../test/harness/mean.ts';
import { median } from '../../test/harness/median.ts';
import { startService } from '../../test/harness/service-process.ts';
import { unlessToy } from '../harness/toy.ts';
import { closedLoop, type LoopResult } from './closed-loop.ts';
import { type Fleet, forecast, maxPerSecond, type ReplicaThroughput } from './model.ts';
import { processorMs } from './processor-time.ts';
import { smallWorkloads, type Workload } from './workloads.ts';

const MAX_REPLICAS = 3;
const ROUNDS = unlessToy(3, 1);
/** Of what the fleet does at most; the last is more than it can do, so that jobs wait for it. */
const LOADS = unlessToy([0.2, 0.5, 0.9, 1.5], [0.5]);
/** Timers go by milliseconds; steps have to be long beside that. */
const MIN_STEP_MS = 20;
const STEP_OF_ALONE = 20;
const STEPS_OF_A_TURN = unlessToy(30, 10);

/** What jobs got from so many replicas, and what the model says. */
export interface Point {
  readonly workload: string;
  readonly replicas: number;
  readonly jobs: number;
  readonly stepMs: number;
  /** The model's. */
  readonly forecastPerSecond: number;
  readonly batchesPerSecond: number;
  readonly latencyMs: number;
  readonly p99Ms: number;
}

/** What the model is given for a workload, measured on one replica alone behind the proxy, like the others. */
export interface ModelInput extends ReplicaThroughput {
  readonly workload: string;
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
 * given what one replica does and how long the cores work for a batch, and has to forecast what several do.
 */
export async function checkForecasts(): Promise<{ readonly input: ModelInput[]; readonly points: Point[] }> {
  const services = await Promise.all(Array.from({ length: MAX_REPLICAS }, () => startService('--engine-threads', '1')));
  const ports = services.map(({ address }) => Number(address));
  const proxies: Haproxy[] = [];
  for (const replicas of ports.keys()) proxies.push(await Haproxy.start(ports.slice(0, replicas + 1)));
  await Promise.all(proxies.map((proxy) => proxy.ready()));
  const setup = { pids: [...services, ...proxies, process].map(({ pid }) => pid), proxies };

  const input: ModelInput[] = [];
  const points: Point[] = [];
  for (const workload of smallWorkloads()) {
    const found = await checkWorkload(setup, workload);
    input.push(found.input);
    points.push(...found.points);
  }
  await Promise.all(proxies.map((proxy) => proxy.stop()));
  await Promise.all(services.map((service) => service.stop()));
  return { input, points };
}

async function checkWorkload(
  { pids, proxies }: Setup,
  workload: Workload,
): Promise<{ input: ModelInput; points: Point[] }> {
  const loop = { request: workload.request, durationMs: workload.turnMs };
  const measureInput = async (seed: number): Promise<ModelInput> => {
    const through = { ...loop, address: proxies[0]!.port, stepMs: 0, seed };
    const alone = await closedLoop({ ...through, jobs: 1 });
    const before = processorMs(pids);
    const most = await closedLoop({ ...through, jobs: workload.callers });
    return {
      workload: workload.name,
      cores: availableParallelism(),
      aloneMs: mean(alone.latenciesMs),
      maxPerSecond: most.batchesPerSecond,
      processorMs: (processorMs(pids) - before) / most.latenciesMs.length,
    };
  };
  await measureInput(0); // Warms up.
  const rough = await measureInput(0);
  const stepMs = Math.max(MIN_STEP_MS, Math.round(STEP_OF_ALONE * rough.aloneMs));
  const turnMs = Math.max(workload.turnMs, STEPS_OF_A_TURN * stepMs);
  const plans = proxies.flatMap(({ port }, i) =>
    LOADS.map((load) => {
      const replicas = i + 1;
      const perMs = maxPerSecond(fleetOf(rough, replicas)) / 1000;
      const jobs = Math.max(1, Math.round(load * perMs * (stepMs + rough.aloneMs)));
      return { address: port, replicas, jobs, results: [] as LoopResult[] };
    }),
  );
  const inputs: ModelInput[] = [];
  for (let round = 1; round <= ROUNDS; round++) {
    inputs.push(await measureInput(round));
    for (const { address, jobs, results } of plans) {
      results.push(await closedLoop({ ...loop, address, jobs, stepMs, seed: round, durationMs: turnMs }));
    }
  }
  const middle = (field: 'aloneMs' | 'maxPerSecond' | 'processorMs') => median(inputs.map((each) => each[field]));
  const input: ModelInput = {
    ...rough,
    aloneMs: middle('aloneMs'),
    maxPerSecond: middle('maxPerSecond'),
    processorMs: middle('processorMs'),
  };
  const points = plans.map(({ replicas, jobs, results }) => {
    const steps = median(results.map((result) => result.stepMs));
    return {
      workload: workload.name,
      replicas,
      jobs,
      stepMs: steps,
      forecastPerSecond: forecast(fleetOf(input, replicas), { jobs, stepMs: steps }).batchesPerSecond,
      ...outcomeOf(results),
    };
  });
  return { input, points };
}

/** Medians over the turns. */
function outcomeOf(turns: readonly LoopResult[]): Pick<Point, 'batchesPerSecond' | 'latencyMs' | 'p99Ms'> {
  return {
    batchesPerSecond: median(turns.map((turn) => turn.batchesPerSecond)),
    latencyMs: median(turns.map(({ latenciesMs }) => mean(latenciesMs))),
    p99Ms: median(turns.map(({ latenciesMs }) => latenciesMs.toSorted((a, b) => a - b)[rankOf(latenciesMs)]!)),
  };
}

function rankOf({ length }: readonly number[]): number {
  return Math.ceil(0.99 * length) - 1;
}

function fleetOf(input: ModelInput, replicas: number): Fleet {
  return { ...input, replicas, sharedMaxPerSecond: (1000 * input.cores) / input.processorMs };
}
