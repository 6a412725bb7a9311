import { setTimeout as sleep } from 'node:timers/promises';
import type { Effort } from './hostile/attack.ts';
import { type Attacked, attackService, KILL_BYTES } from './hostile/attack-service.ts';
import type { HostileShape } from './hostile/hostile-shape.ts';
import { HOSTILE_SHAPES } from './hostile/hostile-shapes.ts';
import { BUDGET_BYTES, checksOf, describeMissed, leavesTraces, tableOf } from './hostile/measures.ts';
import { MAX_PROBLEM_BYTES } from './hostile/tally.ts';
import { MonitoredService } from './monitored-service.ts';
import { Observer } from './observer.ts';
import { OpenApiChecker } from './openapi-checker.ts';
import { amount, exactly, mebibytes, type Outcome, type Scenario } from './scenario.ts';

const REQUEST_TIMEOUT_MS = 15_000;
/** Nothing is in flight any more. */
const EXIT_MS = 10_000;
const LONG: Effort = { times: 200, connections: 64, holdMs: 5000, withinMs: 20_000 };
const SHORT: Effort = { times: 128, connections: 16, holdMs: 300, withinMs: 2500 };

export const amplification: Scenario = {
  name: 'amplification',
  title: 'Requests that are small for the client and meant to be large for the service',
  run,
};

async function run(short: boolean): Promise<Outcome> {
  const effort = short ? SHORT : LONG;
  const observer = new Observer();
  const all: Attacked[] = [];
  let target: Target | undefined;
  let started = 0;
  for (const { name, shapes } of short ? kinds() : single()) {
    if (!target) started += 1;
    target ??= await startTarget();
    const attacked = await attackService(target.monitored, observer, target.documented, name, shapes, effort);
    all.push(attacked);
    process.stderr.write(describeMissed(attacked));
    if (leavesTraces(attacked)) {
      target.monitored.service.signal('SIGKILL');
      await target.monitored.service.exit();
      target = undefined;
    }
  }
  await observer.close();
  target ??= await startTarget();
  const { service } = target.monitored;
  service.signal('SIGTERM');
  const code = await Promise.race([service.exit(), sleep(EXIT_MS, 'none', { ref: false })]);
  return {
    checks: [...checksOf(all, short), exactly(`exit code within ${EXIT_MS / 1000} s of SIGTERM`, code, 0)],
    figures: {
      shapes: String(all.reduce((count, { tallies }) => count + tallies.length, 0)),
      'services started': String(started),
      'the observing thread was late by, at most': amount(
        Math.max(...all.map(({ observed }) => observed.lateMs)),
        'ms',
      ),
    },
    table: tableOf(all),
    notes: notes(effort, short),
  };
}

interface Group {
  readonly name: string;
  readonly shapes: readonly HostileShape[];
}

/** The shapes of each kind together. With the environment variable SHAPES only those whose kind or name contains it. */
function kinds(): Group[] {
  const chosen = process.env.SHAPES ?? '';
  return Object.entries(HOSTILE_SHAPES)
    .map(([kind, shapes]) => ({
      name: kind,
      shapes: kind.includes(chosen) ? shapes : shapes.filter(({ name }) => name.includes(chosen)),
    }))
    .filter(({ shapes }) => shapes.length > 0);
}

function single(): Group[] {
  return kinds().flatMap(({ shapes }) => shapes.map((shape) => ({ name: shape.name, shapes: [shape] })));
}

interface Target {
  readonly monitored: MonitoredService;
  readonly documented: OpenApiChecker;
}

async function startTarget(): Promise<Target> {
  const settings = { 'memory-budget-bytes': BUDGET_BYTES, 'request-timeout-ms': REQUEST_TIMEOUT_MS };
  const flags = Object.entries(settings).flatMap(([name, value]) => [`--${name}`, String(value)]);
  const monitored = await MonitoredService.start({}, ...flags);
  return { monitored, documented: await OpenApiChecker.for(monitored.service) };
}

function notes({ times, connections, holdMs, withinMs }: Effort, short: boolean): string[] {
  const what = short ? 'The shapes of each kind are sent in turn, together' : 'Each shape is sent';
  return [
    `${what} ${times} times over ${connections} connections, to a service with MEMORY_BUDGET_BYTES ` +
      `${mebibytes(BUDGET_BYTES)} MiB and REQUEST_TIMEOUT_MS ${REQUEST_TIMEOUT_MS}. A request that gets 429 is sent again ` +
      'after a quarter of a second, and does not count. Most bodies are compressed with gzip; all are made once, before the ' +
      'first is sent. Connections that are left idle, not read, or fed byte by byte are closed by the client after ' +
      `${holdMs / 1000} s, unless the service closes them before. Whatever is not complete after ${withinMs / 1000} s is given ` +
      'up. `open` counts requests that had no response until then, `closed` those whose connection the service closed ' +
      'without one.',
    'Meanwhile a thread of its own in the client sends `GET /health/live` every 10 ms and small batches (8 × 4, in all ' +
      'formats) one after another. It shares the cores with the service and with the hostile client, but not the event loop ' +
      'or the heap of that client; how late it was itself is among the figures. A request that takes long stands also for ' +
      'those that would have been sent meanwhile, so that a wait counts as often as it would for probes at fixed times. A ' +
      'small batch that gets 429 or 503 is sent again after Retry-After. Its time is that from the first attempt to the ' +
      'correct response.',
    'A response must have a status that the OpenAPI document lists for its route, other than 500 and 503; if only some of ' +
      `these are right for a shape, one of them, 429 or 504. Problem documents must be valid for their schema and have at most ` +
      `${MAX_PROBLEM_BYTES} bytes. Requests that reach no route have right statuses of their own. Memory is the largest VmHWM ` +
      `while a shape is sent; a service with more than ${KILL_BYTES / 2 ** 30} GiB is killed. After a shape that exceeds the ` +
      'memory, blocks the service, ends any part of it or keeps memory in use, the next one gets a new service. Otherwise it ' +
      'gets the service as the others left it. Internal failures are errors in the log, threads that ended, memory in use and ' +
      'requests in flight some seconds after the last request, and the end of the process.',
  ];
}
