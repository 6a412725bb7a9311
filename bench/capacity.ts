import { availableParallelism } from 'node:os';
import { haproxyInstalled } from '../test/harness/haproxy.ts';
import { median } from '../test/harness/median.ts';
import type { Table } from '../test/harness/table.ts';
import { measureOneReplica } from './capacity/one-replica.ts';
import { updateCapacityPage } from './capacity/page.ts';
import { processorTimeKnown } from './capacity/processor-time.ts';
import { checkForecasts, type ModelInput, type Point } from './capacity/shared-cores.ts';
import { throughputTable } from './capacity/throughput.ts';
import type { Benchmark, Section } from './harness/report.ts';
import { THREADS } from './harness/threads.ts';
import { milliseconds, perSecond } from './harness/timing-table.ts';

/** What one replica does, and whether the model of a fleet forecasts what several do. */
export const capacity: Benchmark = {
  name: 'capacity',
  title: 'Capacity: one replica, and what the model says of several',
  run: measure,
  updatePages: updateCapacityPage,
};

async function measure(): Promise<Section> {
  if (!processorTimeKnown) {
    return { targets: [], tables: [], notes: ["Not measured: it needs Linux's /proc."], versions: {} };
  }
  const replicas = await measureOneReplica();
  const check = haproxyInstalled ? await checkForecasts() : undefined;
  return {
    targets: [],
    tables: [
      { caption: `One replica with ${THREADS} engine threads, called directly:`, ...throughputTable(replicas) },
      ...(check ? [inputTable(check.input), checkTable(check.points)] : []),
    ],
    notes: [
      'Alone: the mean time of a call with a single caller. Most: batches per second of all callers together, each of which ' +
        'sends its next batch when it has the response to the last. At once: their product, the number of batches that a ' +
        'replica works on at full load. Processor, queue depth (`focal_loss_queue_depth`), in flight ' +
        '(`focal_loss_http_requests_in_flight`), HTTP thread (`focal_loss_http_thread_busy_seconds_total`) and memory (the peak ' +
        'of the resident memory) are those of the replica with all callers. The callers run on the same cores and use a part of them: a replica with as many cores to itself ' +
        'does no less.',
      ...(check ? notesOf(check.points) : ['The forecasts were not checked: there is no HAProxy.']),
    ],
    versions: { 'engine threads': String(THREADS) },
  };
}

function inputTable(input: readonly ModelInput[]): Table {
  return {
    caption: 'Input of the model: one replica with one engine thread, behind HAProxy, and all of the processor time.',
    columns: ['batch', 'alone', 'most', 'processor', 'cores', 'most of the cores'],
    rows: input.map((each) => [
      each.workload,
      milliseconds(each.aloneMs),
      `${perSecond(each.maxPerSecond)} /s`,
      milliseconds(each.processorMs),
      String(each.cores),
      `${perSecond((1000 * each.cores) / each.processorMs)} /s`,
    ]),
  };
}

function checkTable(points: readonly Point[]): Table {
  return {
    caption: 'Measurements of jobs with one to three such replicas, beside the forecast of batches per second:',
    columns: ['batch', 'replicas', 'jobs', 'step', '/s', 'model', 'error', 'latency', 'p99'],
    rows: points.map((point) => [
      point.workload,
      String(point.replicas),
      String(point.jobs),
      milliseconds(point.stepMs),
      perSecond(point.batchesPerSecond),
      perSecond(point.forecastPerSecond),
      signed(errorOf(point)),
      milliseconds(point.latencyMs),
      milliseconds(point.p99Ms),
    ]),
  };
}

function notesOf(points: readonly Point[]): string[] {
  const errors = points.map((point) => Math.abs(errorOf(point)));
  return [
    `The error of the forecast is ${percent(median(errors))} (median) and ${percent(Math.max(...errors))} (worst). Latencies are ` +
      'measured only: timers, scheduling and garbage collection are not in the model.',
    `Jobs, HAProxy and replicas share ${availableParallelism()} cores, so that a second and a third replica can use little ` +
      'more than what the first leaves. That replicas with cores of their own add up is assumed here, and not measured. ' +
      "The durations of the jobs' steps are exponentially distributed, and steps do no work; those given are as measured, " +
      'with the delay of timers.',
  ];
}

function errorOf({ forecastPerSecond, batchesPerSecond }: Point): number {
  return forecastPerSecond / batchesPerSecond - 1;
}

function signed(ratio: number): string {
  return `${ratio < 0 ? '−' : '+'}${percent(Math.abs(ratio))}`;
}

function percent(ratio: number): string {
  return `${(100 * ratio).toFixed(0)} %`;
}
