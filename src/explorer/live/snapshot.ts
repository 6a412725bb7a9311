import type { Metrics, Sample } from './parse-metrics.ts';

/** The stages of a batch, in the order in which they take place. */
export const STAGES = ['queue', 'decode', 'compute', 'encode'] as const;
export type Stage = (typeof STAGES)[number];

export interface RequestCount {
  readonly method: string;
  readonly route: string;
  /** A status, or `aborted`. */
  readonly status: string;
  readonly count: number;
}

/** What `GET /metrics` reported at one time. Counters count since the process started. */
export interface Snapshot {
  /** When it arrived, in milliseconds since 1970. */
  readonly time: number;
  /** When the process started, in seconds since 1970: it tells a restarted process from the one before. */
  readonly startTime: number;
  readonly version: string;
  /** The backend, or `none` before the engine is warm. */
  readonly engine: string;
  readonly ready: boolean;
  /** By method, route and status; without those of pages, probes and metrics. */
  readonly requests: ReadonlyMap<string, RequestCount>;
  readonly problems: ReadonlyMap<string, number>;
  readonly warnings: ReadonlyMap<string, number>;
  /** By upper bound in seconds: observations up to that bound, cumulative. */
  readonly stages: Readonly<Record<Stage, ReadonlyMap<number, number>>>;
  readonly batches: number;
  readonly elements: number;
  readonly processorSeconds: number;
  readonly inFlight: number;
  readonly queueDepth: number;
  readonly queueLimit: number;
  readonly threads: number;
  readonly threadRestarts: number;
  /** Bytes. */
  readonly memoryInUse: number;
  readonly memoryBudget: number;
  readonly residentMemory: number;
}

/**
 * Requests for pages and their files, for metrics, and of probes: they ask what the service does, and are not what it does.
 * This page sends some of them itself.
 */
const OWN_ROUTES = /^\/(?:$|live$|metrics$|explorer\/|docs(?:\/|$)|openapi|health\/|v2\/health\/)/;

/** @returns null if these are no metrics of this service */
export function readSnapshot(metrics: Metrics, time: number): Snapshot | null {
  const build = metrics.get('focal_loss_build_info')?.[0];
  if (!build) return null;
  const value = (name: string) => metrics.get(name)?.[0]?.value ?? 0;
  const total = (name: string) => (metrics.get(name) ?? []).reduce((sum, sample) => sum + sample.value, 0);
  return {
    time,
    startTime: value('process_start_time_seconds'),
    version: build.labels.version ?? '',
    engine: build.labels.engine ?? 'none',
    ready: value('focal_loss_engine_ready') === 1,
    requests: readRequests(metrics.get('focal_loss_http_requests_total') ?? []),
    problems: byCode(metrics.get('focal_loss_problems_total') ?? []),
    warnings: byCode(metrics.get('focal_loss_warnings_total') ?? []),
    stages: readStages(metrics.get('focal_loss_batch_stage_duration_seconds_bucket') ?? []),
    batches: total('focal_loss_batches_total'),
    elements: total('focal_loss_elements_total'),
    processorSeconds: value('process_cpu_seconds_total'),
    // The request for these metrics is in flight as well.
    inFlight: Math.max(value('focal_loss_http_requests_in_flight') - 1, 0),
    queueDepth: value('focal_loss_queue_depth'),
    queueLimit: value('focal_loss_queue_limit'),
    threads: value('focal_loss_engine_threads'),
    threadRestarts: value('focal_loss_engine_thread_restarts_total') + value('focal_loss_codec_thread_restarts_total'),
    memoryInUse: value('focal_loss_memory_in_use_bytes'),
    memoryBudget: value('focal_loss_memory_budget_bytes'),
    residentMemory: value('process_resident_memory_bytes'),
  };
}

function readRequests(samples: readonly Sample[]): ReadonlyMap<string, RequestCount> {
  const requests = new Map<string, RequestCount>();
  for (const { labels, value: count } of samples) {
    const { method = '', route = '', status = '' } = labels;
    if (!OWN_ROUTES.test(route)) requests.set(`${method} ${route} ${status}`, { method, route, status, count });
  }
  return requests;
}

function byCode(samples: readonly Sample[]): ReadonlyMap<string, number> {
  return new Map(samples.map(({ labels, value }) => [labels.code ?? '', value]));
}

function readStages(samples: readonly Sample[]): Snapshot['stages'] {
  const stages: Record<Stage, Map<number, number>> = {
    queue: new Map(),
    decode: new Map(),
    compute: new Map(),
    encode: new Map(),
  };
  for (const { labels, value } of samples) {
    const buckets = (stages as Readonly<Record<string, Map<number, number>>>)[labels.stage ?? ''];
    const bound = labels.le === '+Inf' ? Number.POSITIVE_INFINITY : Number(labels.le);
    if (buckets instanceof Map && !Number.isNaN(bound)) buckets.set(bound, value);
  }
  return stages;
}
