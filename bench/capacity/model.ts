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
}

/**
 * What jobs get from a fleet, by the machine-repairman model (M/M/c//N: Kleinrock, Queueing Systems I, 3.8).
 *
 * Each job makes a step of its own, calls, and waits for the answer before its next step, so that no more batches than
 * jobs are ever there. Replicas work at full speed on c = replicas × maxPerSecond × aloneMs batches at one time; c need
 * not be whole, for a batch's stages overlap with those of the next. Of n batches at once each takes max(1, n / c) times
 * as long. Times of steps and batches are exponential, and batches find the least busy replica, as `leastconn` does;
 * where work is shared out evenly, as cores do, the means hold for times of any distribution (BCMP).
 *
 * How long a batch waits is not forecast, though the model has it: timers, scheduling and garbage collection are not in
 * it, and its 99th percentiles were half of those measured.
 */
export function forecast(fleet: Fleet, { jobs, stepMs }: Load): Forecast {
  const { aloneMs } = fleet;
  const atOnce = batchesAtOnce(fleet);
  const perMs =
    distribution(jobs, stepMs, aloneMs, atOnce).reduce((sum, p, n) => sum + p * Math.min(n, atOnce), 0) / aloneMs;
  return { batchesPerSecond: 1000 * perMs, utilisation: (perMs * aloneMs) / atOnce };
}

/** The fewest replicas, each with cores of its own, that are busy for a share `maxUtilisation` (0 to 1) of their time at most. */
export function replicasNeeded(throughput: ReplicaThroughput, load: Load, maxUtilisation: number): number {
  let replicas = 1;
  while (forecast({ ...throughput, replicas }, load).utilisation > maxUtilisation) replicas += 1;
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
