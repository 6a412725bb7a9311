/** What one replica does with batches of one workload, as measured. */
export interface ReplicaThroughput {
  /** From the first byte of a request to the last of its answer, with nothing else going on. */
  readonly aloneMs: number;
  /** Batches that it answers with as many callers as it takes. */
  readonly maxPerSecond: number;
}

export interface Fleet extends ReplicaThroughput {
  readonly replicas: number;
  /** What the cores do that all replicas share; replicas with cores of their own have no such bound. */
  readonly sharedMaxPerSecond?: number;
}

export interface Load {
  readonly jobs: number;
  /** The mean step of a job, without its call of the service. */
  readonly stepMs: number;
}

export interface Forecast {
  readonly batchesPerSecond: number;
  /** Of what the fleet does at most, from 0 to 1. */
  readonly utilisation: number;
  /** The mean of what a caller waits for its answer. */
  readonly latencyMs: number;
  /** How many batches wait behind those in work, on average. */
  readonly waiting: number;
  /** What 99 of 100 batches wait behind others at most. */
  readonly p99WaitMs: number;
  /** How many times as long as with a service that answers at once a job's step is. */
  readonly slowdown: number;
}

/**
 * What jobs get from a fleet, by the machine-repairman model (M/M/c//N: Kleinrock, Queueing Systems I, 3.8).
 *
 * Each job makes a step of its own, calls, and waits for the answer before its next step, so that no more batches than
 * jobs are ever there. Replicas work at full speed on c = replicas × maxPerSecond × aloneMs batches at one time; c need
 * not be whole, for a batch's stages overlap with those of the next. Of n batches at once each takes max(1, n / c) times
 * as long. Times of steps and batches are exponential, and batches find the least busy replica, as `leastconn` does;
 * where work is shared out evenly, as cores do, the means hold for times of any distribution (BCMP).
 */
export function forecast(fleet: Fleet, { jobs, stepMs }: Load): Forecast {
  const { aloneMs } = fleet;
  const atOnce = batchesAtOnce(fleet);
  const present = distribution(jobs, stepMs, aloneMs, atOnce);
  const mean = (of: (batches: number) => number) => present.reduce((sum, p, n) => sum + p * of(n), 0);
  const perMs = mean((n) => Math.min(n, atOnce)) / aloneMs;
  const latencyMs = mean((n) => n) / perMs;
  return {
    batchesPerSecond: 1000 * perMs,
    utilisation: (perMs * aloneMs) / atOnce,
    latencyMs,
    waiting: mean((n) => Math.max(0, n - atOnce)),
    p99WaitMs: waitQuantile(0.99, distribution(jobs - 1, stepMs, aloneMs, atOnce), aloneMs, atOnce),
    slowdown: (stepMs + latencyMs) / stepMs,
  };
}

/** The fewest replicas, each with cores of its own, behind which 99 of 100 batches wait `p99WaitMs` at most. */
export function replicasNeeded(throughput: ReplicaThroughput, load: Load, p99WaitMs: number): number {
  let replicas = 1;
  // With a replica for each job nobody waits.
  while (replicas < load.jobs && forecast({ ...throughput, replicas }, load).p99WaitMs > p99WaitMs) replicas += 1;
  return replicas;
}

/** The most batches per second that a fleet answers. */
export function maxPerSecond({ replicas, maxPerSecond, sharedMaxPerSecond = Infinity }: Fleet): number {
  return Math.min(replicas * maxPerSecond, sharedMaxPerSecond);
}

function batchesAtOnce(fleet: Fleet): number {
  return Math.max(1, (maxPerSecond(fleet) * fleet.aloneMs) / 1000);
}

/** How likely it is that so many batches, from none to one of each job, are waiting or in work. */
function distribution(jobs: number, stepMs: number, aloneMs: number, atOnce: number): number[] {
  // Of n batches to n + 1: the jobs between calls begin one each `stepMs`, and `min(n + 1, atOnce)` end in `aloneMs`.
  const logs = [0];
  for (let n = 0; n < jobs; n++) {
    logs.push(logs[n]! + Math.log(((jobs - n) * aloneMs) / (stepMs * Math.min(n + 1, atOnce))));
  }
  const largest = logs.reduce((a, b) => Math.max(a, b));
  const weights = logs.map((log) => Math.exp(log - largest));
  const total = weights.reduce((a, b) => a + b);
  return weights.map((weight) => weight / total);
}

/**
 * What a batch waits at most with probability `share`, first come, first served. A call finds what the jobs without the
 * caller's would be doing (arrival theorem), and with n there waits until n + 1 − c are done, one each `aloneMs / c`.
 */
function waitQuantile(share: number, found: readonly number[], aloneMs: number, atOnce: number): number {
  const serviceMs = aloneMs / atOnce;
  // How likely it is to find more than k ahead.
  const beyond: number[] = [];
  for (let n = found.length - 1; n + 1 > atOnce; n--) beyond[Math.ceil(n + 1 - atOnce) - 1] = found[n]!;
  for (let k = beyond.length - 2; k >= 0; k--) beyond[k]! += beyond[k + 1]!;
  // Waiting longer than t is that fewer ended in t than one waits for: Poisson's, Σ_k P(k ended) P(more than k ahead).
  const waitLonger = (ms: number) => {
    const ended = ms / serviceMs;
    let log = -ended;
    let sum = 0;
    for (let k = 0; k < beyond.length; k++) {
      if (k > 0) log += Math.log(ended / k);
      sum += Math.exp(log) * beyond[k]!;
    }
    return sum;
  };
  if ((beyond[0] ?? 0) <= 1 - share) return 0;
  let low = 0;
  let high = serviceMs;
  while (waitLonger(high) > 1 - share) high *= 2;
  for (let i = 0; i < 60; i++) {
    const middle = (low + high) / 2;
    if (waitLonger(middle) > 1 - share) low = middle;
    else high = middle;
  }
  return high;
}
