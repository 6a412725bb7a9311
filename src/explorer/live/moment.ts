import { type Buckets, histogramQuantile } from './histogram-quantile.ts';
import { type RequestCount, type Snapshot, STAGES, type Stage } from './snapshot.ts';

/** How requests end: with a result, as the client's mistake or for lack of capacity, as the service's, or before a response. */
const OUTCOMES = ['successful', 'rejected', 'failed', 'aborted'] as const;
export type Outcome = (typeof OUTCOMES)[number];

export interface StageTimes {
  /** Seconds; null if no batch ended in the interval. */
  readonly median: number | null;
  readonly p99: number | null;
}

/** What the service did in one interval between two snapshots, and its state at the end of it. */
export interface Moment {
  readonly snapshot: Snapshot;
  /** The end of the interval, in milliseconds since 1970. */
  readonly time: number;
  /** The length of the interval. */
  readonly seconds: number;
  /** Those that ended in the interval, by method, route and status. */
  readonly requests: ReadonlyMap<string, RequestCount>;
  readonly requestsPerSecond: Readonly<Record<Outcome, number>>;
  readonly batchesPerSecond: number;
  readonly elementsPerSecond: number;
  /** Processor cores in use, all threads of the process together. */
  readonly cores: number;
  readonly stages: Readonly<Record<Stage, StageTimes>>;
}

/** Whether a process has been replaced by another between two snapshots, so that its counters began again. */
export function isRestarted(before: Snapshot, after: Snapshot): boolean {
  if (before.startTime !== after.startTime) return true;
  // The start time is rounded to seconds.
  return after.processorSeconds < before.processorSeconds || after.batches < before.batches;
}

/** @param after a snapshot of the same process, taken later */
export function compareSnapshots(before: Snapshot, after: Snapshot): Moment {
  const seconds = (after.time - before.time) / 1000;
  const requests = new Map<string, RequestCount>();
  const ended: Record<Outcome, number> = { successful: 0, rejected: 0, failed: 0, aborted: 0 };
  for (const [key, request] of after.requests) {
    const count = Math.max(request.count - (before.requests.get(key)?.count ?? 0), 0);
    if (count === 0) continue;
    requests.set(key, { ...request, count });
    ended[outcomeOf(request.status)] += count;
  }
  const perSecond = (count: number) => Math.max(count, 0) / seconds;
  return {
    snapshot: after,
    time: after.time,
    seconds,
    requests,
    requestsPerSecond: {
      successful: perSecond(ended.successful),
      rejected: perSecond(ended.rejected),
      failed: perSecond(ended.failed),
      aborted: perSecond(ended.aborted),
    },
    batchesPerSecond: perSecond(after.batches - before.batches),
    elementsPerSecond: perSecond(after.elements - before.elements),
    cores: perSecond(after.processorSeconds - before.processorSeconds),
    stages: Object.fromEntries(
      STAGES.map((stage) => [stage, stageTimes(before.stages[stage], after.stages[stage])]),
    ) as Record<Stage, StageTimes>,
  };
}

function outcomeOf(status: string): Outcome {
  const code = Number(status);
  if (Number.isNaN(code)) return 'aborted';
  return code < 400 ? 'successful' : code < 500 ? 'rejected' : 'failed';
}

function stageTimes(before: ReadonlyMap<number, number>, after: ReadonlyMap<number, number>): StageTimes {
  let below = 0;
  const buckets: Buckets = [...after]
    .map(([bound, count]) => [bound, count - (before.get(bound) ?? 0)] as const)
    .sort(([one], [other]) => one - other)
    .map(([bound, cumulative]) => {
      const count = Math.max(cumulative - below, 0);
      below = Math.max(cumulative, below);
      return [bound, count];
    });
  return { median: histogramQuantile(buckets, 0.5), p99: histogramQuantile(buckets, 0.99) };
}
