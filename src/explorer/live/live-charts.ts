import { shortBytes, shortNumber, shortTime } from './format-live.ts';
import type { Moment } from './moment.ts';
import { STAGES, type Stage } from './snapshot.ts';
import type { ChartDefinition, Series } from './time-chart.ts';

const STAGE_TITLES: Readonly<Record<Stage, string>> = {
  queue: 'Queue',
  decode: 'Decode',
  compute: 'Compute',
  encode: 'Encode',
};

/** The name of a stage's chart: that of the queue itself is another. */
export function stageChart(stage: Stage): string {
  return `${stage}-stage`;
}

function series(name: string, style: string, value: (moment: Moment) => number | null, isBound = false): Series {
  return { name, style, value, isBound };
}

const perSecond = (value: number) => `${shortNumber(value)}/s`;

/** The charts of each figure, by the names that their hosts have in live.html. */
export const LIVE_CHARTS: Readonly<Record<string, ChartDefinition>> = {
  requests: {
    title: 'Requests per second',
    format: perSecond,
    series: [
      series('successful', 'loss', ({ requestsPerSecond }) => requestsPerSecond.successful),
      series('rejected (4xx)', 'gradient dashed', ({ requestsPerSecond }) => requestsPerSecond.rejected),
      series('failed (5xx)', 'failed dotted', ({ requestsPerSecond }) => requestsPerSecond.failed),
      series('aborted', 'cross-entropy dashed', ({ requestsPerSecond }) => requestsPerSecond.aborted),
    ],
  },
  elements: {
    title: 'Elements per second',
    format: perSecond,
    series: [series('elements', 'loss', ({ elementsPerSecond }) => elementsPerSecond)],
  },
  queue: {
    title: 'Requests in flight, batches in the queue',
    format: shortNumber,
    series: [
      series('in flight', 'loss', ({ snapshot }) => snapshot.inFlight),
      series('in the queue', 'gradient dashed', ({ snapshot }) => snapshot.queueDepth),
      series('limit of the queue', 'cross-entropy dotted', ({ snapshot }) => snapshot.queueLimit, true),
    ],
  },
  ...Object.fromEntries(
    STAGES.map((stage) => [
      stageChart(stage),
      {
        title: STAGE_TITLES[stage],
        format: shortTime,
        logarithmic: true,
        series: [
          series('median', 'loss', ({ stages }) => stages[stage].median),
          series('99th percentile', 'gradient dashed', ({ stages }) => stages[stage].p99),
        ],
      } satisfies ChartDefinition,
    ]),
  ),
  memory: {
    title: 'Memory of requests',
    format: shortBytes,
    binary: true,
    series: [
      series('in use', 'loss', ({ snapshot }) => snapshot.memoryInUse),
      series('budget', 'cross-entropy dotted', ({ snapshot }) => snapshot.memoryBudget, true),
    ],
  },
  resident: {
    title: 'Memory of the process',
    format: shortBytes,
    binary: true,
    series: [series('resident', 'loss', ({ snapshot }) => snapshot.residentMemory)],
  },
  processor: {
    title: 'Processor cores in use',
    format: shortNumber,
    series: [
      series('cores', 'loss', ({ cores }) => cores),
      series('engine threads', 'cross-entropy dotted', ({ snapshot }) => snapshot.threads, true),
    ],
  },
};
