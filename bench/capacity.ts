import { availableParallelism } from 'node:os';
import { haproxyInstalled } from '../test/harness/haproxy.ts';
import { median } from '../test/harness/median.ts';
import type { Table } from '../test/harness/table.ts';
import { measureOneReplica } from './capacity/one-replica.ts';
import { updateCapacityPage } from './capacity/page.ts';
import { processorTimeKnown } from './capacity/processor-time.ts';
import { checkForecasts, type ModelInput, type Outcome, type Point } from './capacity/shared-cores.ts';
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
        '(`focal_loss_http_requests_in_flight`) and memory (the peak of the resident memory) are those of the replica with ' +
        'all callers. The callers run on the same cores and use a part of them: a replica with as many cores to itself ' +
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
  const pair = (show: (value: number) => string, of: keyof Outcome, { measured, forecast }: Point) => [
    show(measured[of]),
    show(forecast[of]),
    percent(errorOf(of, { measured, forecast })),
  ];
  return {
    caption: 'Measurements of jobs with one to three such replicas, beside the forecast and its relative error:',
    columns: [
      'batch',
      'replicas',
      'jobs',
      'step',
      '/s',
      'model',
      'error',
      'latency',
      'model',
      'error',
      'p99',
      'model',
      'error',
    ],
    rows: points.map((point) => [
      point.workload,
      String(point.replicas),
      String(point.jobs),
      milliseconds(point.stepMs),
      ...pair(perSecond, 'batchesPerSecond', point),
      ...pair(milliseconds, 'latencyMs', point),
      ...pair(milliseconds, 'p99Ms', point),
    ]),
  };
}

function notesOf(points: readonly Point[]): string[] {
  const summary = (of: keyof Outcome) => {
    const errors = points.map((point) => Math.abs(errorOf(of, point)));
    return `${percentOf(median(errors))} (median) and ${percentOf(Math.max(...errors))} (worst)`;
  };
  return [
    `The error of the forecast is ${summary('batchesPerSecond')} for batches per second, ${summary('latencyMs')} for the ` +
      `mean latency, and ${summary('p99Ms')} for the 99th percentile.`,
    `Jobs, HAProxy and replicas share ${availableParallelism()} cores, so that a second and a third replica can use little ` +
      'more than what the first leaves. That replicas with cores of their own add up is assumed here, and not measured. ' +
      "The durations of the jobs' steps are exponentially distributed, and steps do no work; those given are as measured, " +
      'with the delay of timers.',
  ];
}

function errorOf(of: keyof Outcome, { measured, forecast }: Pick<Point, 'measured' | 'forecast'>): number {
  return forecast[of] / measured[of] - 1;
}

function percent(ratio: number): string {
  return `${ratio < 0 ? '−' : '+'}${percentOf(Math.abs(ratio))}`;
}

function percentOf(ratio: number): string {
  return `${(100 * ratio).toFixed(0)} %`;
}
