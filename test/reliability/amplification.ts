import type { Table } from '../harness/table.ts';
import type { Effort } from './hostile/attack.ts';
import { type Attacked, attackService } from './hostile/attack-service.ts';
import { HOSTILE_SHAPES } from './hostile/hostile-shapes.ts';
import { MAX_PROBLEM_BYTES } from './hostile/tally.ts';
import { MonitoredService } from './monitored-service.ts';
import { LIVE_MAX_MS, LIVE_P99_MS, Observer } from './observer.ts';
import { OpenApiChecker } from './openapi-checker.ts';
import { amount, atMost, type Check, mebibytes, type Outcome, type Scenario } from './scenario.ts';

const BUDGET_BYTES = 512 * 2 ** 20;
/** The process itself, its code and threads, and what is released and not collected yet. */
const BEYOND_BUDGET_BYTES = 300 * 2 ** 20;
const REQUEST_TIMEOUT_MS = 15_000;
const HONEST_P99_MS = 2000;

const LONG: Effort = { times: 200, connections: 64, holdMs: 5000, withinMs: 90_000 };
const SHORT: Effort = { times: 32, connections: 16, holdMs: 300, withinMs: 1000 };

export const amplification: Scenario = {
  name: 'amplification',
  title: 'Requests that are small for the client and meant to be large for the service',
  run,
};

interface Measure {
  readonly name: string;
  readonly limit: number;
  readonly unit: string;
  readonly of: (attacked: Attacked) => number;
}

const MEMORY: Measure = {
  name: 'resident memory',
  limit: mebibytes(BUDGET_BYTES + BEYOND_BUDGET_BYTES),
  unit: 'MiB',
  of: ({ peakBytes }) => mebibytes(peakBytes),
};
const LIVE_P99: Measure = {
  name: '/health/live, p99',
  limit: LIVE_P99_MS,
  unit: 'ms',
  of: ({ observed }) => observed.live.quantile(0.99),
};
const LIVE_MAX: Measure = {
  name: '/health/live, longest',
  limit: LIVE_MAX_MS,
  unit: 'ms',
  of: ({ observed }) => observed.live.max,
};
const HONEST_P99: Measure = {
  name: 'small batches of another client, p99',
  limit: HONEST_P99_MS,
  unit: 'ms',
  of: ({ observed }) => observed.honest.quantile(0.99),
};
const MEASURES: readonly Measure[] = [
  {
    name: 'responses that are not as documented',
    limit: 0,
    unit: 'kinds',
    of: ({ tally }) => tally.issues.length,
  },
  { name: 'problem document', limit: MAX_PROBLEM_BYTES, unit: 'bytes', of: ({ tally }) => tally.problemBytes },
  MEMORY,
  LIVE_P99,
  LIVE_MAX,
  { name: '/health/live without status 200', limit: 0, unit: 'requests', of: ({ observed }) => observed.liveFailures },
  HONEST_P99,
  { name: 'small batches with a wrong response', limit: 0, unit: 'requests', of: ({ observed }) => observed.honestFailures },
  {
    name: 'errors in the log, ended threads and processes',
    limit: 0,
    unit: 'kinds',
    of: ({ internal }) => internal.length,
  },
];

async function run(short: boolean): Promise<Outcome> {
  const effort = short ? SHORT : LONG;
  const shapes = HOSTILE_SHAPES.filter(({ name }) => name.includes(process.env.SHAPES ?? ''));
  const observer = new Observer();
  const all: Attacked[] = [];
  let monitored: MonitoredService | undefined;
  let documented: OpenApiChecker | undefined;
  let started = 0;
  for (const shape of shapes) {
    if (!monitored) {
      monitored = await startService();
      documented = await OpenApiChecker.for(monitored.service);
      started += 1;
    }
    const attacked = await attackService(monitored, observer, documented!, shape, effort);
    all.push(attacked);
    report(attacked);
    if (isMet(attacked)) continue;
    // What one shape has done must not be taken for the work of the next.
    monitored.service.signal('SIGKILL');
    await monitored.service.exit();
    monitored = undefined;
  }
  await monitored?.service.stop();
  await observer.close();
  const late = Math.max(...all.map(({ observed }) => observed.lateness));
  return {
    checks: MEASURES.map((measure) => worstOf(measure, all)),
    figures: {
      shapes: String(all.length),
      'services started': String(started),
      'the observing thread was late by, at most': amount(late, 'ms'),
    },
    table: tableOf(all),
    notes: notes(effort),
  };
}

function startService(): Promise<MonitoredService> {
  const limits = { 'memory-budget-bytes': BUDGET_BYTES, 'request-timeout-ms': REQUEST_TIMEOUT_MS };
  const flags = Object.entries(limits).flatMap(([name, value]) => [`--${name}`, String(value)]);
  return MonitoredService.start({}, ...flags);
}

function isMet(attacked: Attacked): boolean {
  return MEASURES.every(({ of, limit }) => of(attacked) <= limit);
}

/** Says at once what a shape did that it should not. */
function report(attacked: Attacked): void {
  const missed = MEASURES.filter(({ of, limit }) => !(of(attacked) <= limit));
  if (missed.length === 0) return;
  const { shape, tally, internal } = attacked;
  const measured = missed.map(({ name, unit, of }) => `${name}: ${amount(of(attacked), unit)}`);
  const details = [...tally.issues, ...internal].map((detail) => `  ${detail.slice(0, 400)}\n`);
  process.stderr.write(`${shape.name} (${tally.outcomes}): ${measured.join(', ')}\n${details.join('')}`);
}

/** The check of a measure by the shape for which it is worst. */
function worstOf({ name, limit, unit, of }: Measure, all: readonly Attacked[]): Check {
  const worst = all.reduce((worst, attacked) => (of(attacked) <= of(worst) ? worst : attacked));
  const check = atMost(`${name}, at most`, of(worst), limit, unit);
  return check.met ? check : { ...check, measured: `${check.measured} (${worst.shape.name})` };
}

function tableOf(all: readonly Attacked[]): Table {
  const cell = ({ of, limit, unit }: Measure, attacked: Attacked) => {
    const value = of(attacked);
    return value <= limit ? amount(value, unit) : `**${amount(value, unit)}**`;
  };
  return {
    columns: ['shape', 'responses', 'peak memory', 'live p99', 'longest', 'small batches p99'],
    rows: all.map((attacked) => [
      attacked.shape.name,
      attacked.tally.outcomes,
      ...[MEMORY, LIVE_P99, LIVE_MAX, HONEST_P99].map((measure) => cell(measure, attacked)),
    ]),
  };
}

function notes({ times, connections, holdMs, withinMs }: Effort): string[] {
  return [
    `Each shape is sent ${times} times over ${connections} connections, to a service with MEMORY_BUDGET_BYTES ` +
      `${mebibytes(BUDGET_BYTES)} MiB and REQUEST_TIMEOUT_MS ${REQUEST_TIMEOUT_MS}. Most bodies are compressed with gzip, and ` +
      `are made once, before they are sent. Connections that are left idle, unread or fed byte by byte are closed by the client after ` +
      `${holdMs / 1000} s (\`open\`) unless the service closes them before (\`closed\`). What is not complete after ` +
      `${withinMs / 1000} s is given up (\`open\`).`,
    'Meanwhile a thread of its own in the client sends `GET /health/live` every 10 ms, and small batches (8 × 4, in all ' +
      'formats) one after another. It shares the two cores with the service and the hostile client, but neither the event loop nor the ' +
      'heap of the hostile client. Its own delays are among the figures. A request that takes long also stands for those ' +
      'that would have been sent meanwhile, so that a long wait counts as often as it would for a probe at fixed times. A small ' +
      'batch that gets 429 or 503 is sent again after Retry-After, and its time is that from the first attempt to the right response.',
    'A response must have a status that the OpenAPI document lists for its route, other than 500 and 503, or, for a shape ' +
      'for which only some are right, one of these or 429; a problem document must be valid for its schema and may have ' +
      `${MAX_PROBLEM_BYTES} bytes. Requests that reach no route have a list of right statuses of their own. Memory is the ` +
      'largest VmHWM while the shape was sent; a service beyond 4 GiB is killed. A shape that misses a target is followed by ' +
      'a new service, so that the next is measured by itself; the others meet the service as those before left it.',
  ];
}
