import { Connection, post, timeRequest } from '../test/harness/connection.ts';
import { mean } from '../test/harness/mean.ts';
import { startService } from '../test/harness/service-process.ts';
import type { Table } from '../test/harness/table.ts';
import type { Size } from './batches.ts';
import {
  competitorsInstalled,
  NOT_INSTALLED,
  startCompetitor,
  startTorchvision,
  versionsOf,
} from './harness/competitor.ts';
import { type Benchmark, ratioTarget, type Section, type Target } from './harness/report.ts';
import { startServer } from './harness/server.ts';
import { THREADS } from './harness/threads.ts';
import { milliseconds, perSecond } from './harness/timing-table.ts';
import { jsonBody } from './json.ts';
import { BLOCK, CONNECTIONS, type Latencies, measureLatencies, quantile, type Subject } from './small/latencies.ts';
import {
  measureWarningsCost,
  WARNINGS_BLOCK,
  type WarningsCost,
  warningsTable,
  warningsTargets,
} from './small/warnings-cost.ts';

const OURS = 'this service';
const BARE = 'Fastify, bare JSON route';
const FASTAPI = 'FastAPI, pydantic, torch, orjson';
const TORCHVISION = 'torchvision, eager, in process';

const JSON_TYPE = 'application/json';
const SIZES: readonly Size[] = [
  { samples: 8, classes: 4 },
  { samples: 128, classes: 10 },
  { samples: 32, classes: 80 },
];

/** Small batches in JSON, as a training loop sends them: what the service adds to a bare route, and how many it serves. */
export const small: Benchmark = {
  name: 'small',
  title: 'Small batches in JSON: loss, gradients and breakdown',
  run: measure,
};

type Process = Awaited<ReturnType<typeof startServer>>;

async function measure(): Promise<Section> {
  const service = await startService('--engine-threads', String(THREADS));
  const bare = await startServer('bare.ts');
  const fastapi = competitorsInstalled() ? await startCompetitor('server.py') : undefined;
  const measured: { readonly size: Size; readonly latencies: Latencies }[] = [];
  for (const size of SIZES) {
    const latencies = await measureSize(size, service.address as number, bare, fastapi?.port);
    measured.push({ size, latencies });
  }
  const costs: WarningsCost[] = [];
  for (const size of SIZES) costs.push(...(await measureWarningsCost(service.address as number, size)));
  await Promise.all([service.stop(), bare.stop(), fastapi?.stop()]);

  return {
    targets: [...measured.flatMap(targetsOf), ...warningsTargets(costs)],
    tables: [...measured.map(tableOf), warningsTable(costs)],
    notes: [
      `p50 and p99 are of blocks of ${BLOCK} requests one after another on one kept-alive connection, as is the first rate; the ` +
        `ratio is that of p50. The last column has ${CONNECTIONS} connections at a time, each with one request at a time. Each ` +
        `server is a process of its own (the service: \`dist/main.js\`, default settings, log discarded, ${THREADS} engine ` +
        'threads); the client is the process of the suite, sends prepared bytes and counts what it receives.',
      "The bare route parses the same request and writes the service's response with `JSON.stringify`. In process, prepared " +
        'targets, no breakdown and no JSON.',
      `With and without warnings, blocks of ${WARNINGS_BLOCK} requests take turns on one kept-alive connection; p50 is that of all of ` +
        'them, and the ratio the median of those of neighbouring blocks.',
      ...(fastapi ? [] : [NOT_INSTALLED]),
    ],
    versions: versionsOf(fastapi),
  };
}

async function measureSize(size: Size, port: number, bare: Process, fastapi: number | undefined): Promise<Latencies> {
  // Before any connection, which a server closes if it has nothing to do for long.
  const torchvision = fastapi === undefined ? undefined : await startTorchvision('eager', size);
  const body = jsonBody(size.samples, size.classes);
  const ours = await subject(OURS, port, '/v1/focal-loss', body);
  const { body: answer } = await ours.connection.send(ours.server.request, { keepBody: true });
  const floor = await subject(BARE, bare.port, '/json', body);
  await timeRequest(floor.connection, post('/answer-with', JSON_TYPE, answer));
  const theirs = fastapi === undefined ? undefined : await subject(FASTAPI, fastapi, '/json', body);
  const subjects: Subject[] = [floor, ours, ...(theirs ? [theirs] : [])];
  if (torchvision) subjects.push({ name: TORCHVISION, once: async () => Number((await torchvision.ask({})).ms) });
  const latencies = await measureLatencies(subjects);
  for (const { connection } of [ours, floor, ...(theirs ? [theirs] : [])]) connection.close();
  await torchvision?.stop();
  return latencies;
}

async function subject(name: string, port: number, path: string, body: Buffer) {
  const connection = await Connection.open(port);
  const request = post(path, JSON_TYPE, body);
  return { name, connection, server: { port, request }, once: () => timeRequest(connection, request) };
}

function targetsOf({ size, latencies: { blocks, loaded } }: { size: Size; latencies: Latencies }): Target[] {
  const name = nameOf(size);
  return [
    ratioTarget(`${name}: p50 of a bare Fastify route`, blocks.ratio(OURS, BARE), 3),
    ratioTarget(`${name}: faster than FastAPI, p50`, blocks.ratio(FASTAPI, OURS), 4, '≥'),
    ratioTarget(
      `${name}: requests per second of FastAPI, ${CONNECTIONS} connections`,
      loaded.ratio(FASTAPI, OURS),
      4,
      '≥',
    ),
  ];
}

function tableOf({ size, latencies: { blocks, sorted, loaded } }: { size: Size; latencies: Latencies }): Table {
  return {
    caption: `${nameOf(size)}:`,
    columns: ['what', 'p50', 'p99', 'ratio', 'per second, 1 connection', `${CONNECTIONS} connections`],
    rows: blocks.names.map((name) => {
      const times = sorted.get(name)!;
      return [
        name,
        milliseconds(quantile(times, 0.5)),
        milliseconds(quantile(times, 0.99)),
        `${blocks.ratio(name, BARE)!.toPrecision(3)} ×`,
        perSecond(1000 / mean(times)),
        loaded.has(name) ? perSecond(1000 / loaded.median(name)) : '–',
      ];
    }),
  };
}

function nameOf({ samples, classes }: Size): string {
  return `${samples} × ${classes}`;
}
