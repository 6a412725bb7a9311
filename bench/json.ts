import { Connection, post, timeRequest } from '../test/harness/connection.ts';
import { median } from '../test/harness/median.ts';
import { type Service, startService } from '../test/harness/service-process.ts';
import { makeNumbers, type Size } from './batches.ts';
import { competitorsInstalled, NOT_INSTALLED, startCompetitor, versionsOf } from './harness/competitor.ts';
import { type Contender, interleave, type Timings } from './harness/interleave.ts';
import { type Benchmark, ratioTarget, type Section } from './harness/report.ts';
import { startServer } from './harness/server.ts';
import { THREADS } from './harness/threads.ts';
import { timingTable } from './harness/timing-table.ts';
import { unlessToy } from './harness/toy.ts';

const OURS = 'this service';
const QUIET = 'this service, LOG_LEVEL=silent';
const FASTAPI = 'FastAPI, pydantic, torch, orjson';
const TUNED = 'the same, pydantic reading the bytes';
const BARE = 'Fastify, bare JSON route';

const ROUTE = '/v1/focal-loss';
const JSON_TYPE = 'application/json';

const MEDIUM: Size = { samples: unlessToy(4096, 64), classes: 80 };
const SMALL: Size = { samples: 8, classes: 4 };

/** Small requests come in blocks, so that a turn means the same process for a while, as in a training loop. */
const BLOCK = unlessToy(100, 5);

/** The JSON route as it ships: a large body against FastAPI, a tiny one against Fastify itself. */
export const json: Benchmark = {
  name: 'json',
  title: 'JSON: POST /v1/focal-loss with loss, gradients and breakdown',
  run: measure,
};

async function measure(): Promise<Section> {
  const threads = ['--engine-threads', String(THREADS)];
  const service = await startService(...threads);
  const quiet = await startService(...threads, '--log-level', 'silent');
  const fastapi = competitorsInstalled() ? await startCompetitor('server.py') : undefined;
  const large = await measureLarge(service, fastapi?.port);
  const small = await measureSmall(service, quiet);
  await Promise.all([service.stop(), quiet.stop(), fastapi?.stop()]);

  return {
    targets: [
      ratioTarget(`${nameOf(MEDIUM)}: faster than FastAPI`, large.ratio(FASTAPI, OURS), 4, '≥'),
      ratioTarget(`${nameOf(MEDIUM)}: faster than FastAPI bypassed`, large.ratio(TUNED, OURS), 4, '≥'),
      ratioTarget(`${nameOf(SMALL)}: p50 of a bare Fastify JSON route`, small.ratio(OURS, BARE), 2, '<'),
    ],
    tables: [
      { caption: `${nameOf(MEDIUM)}:`, ...timingTable(large, OURS) },
      {
        caption: `${nameOf(SMALL)}, p50 of blocks of ${BLOCK} requests one after another:`,
        ...timingTable(small, BARE),
      },
    ],
    notes: [
      `Each server is a process of its own (the service: \`dist/main.js\`, default settings, log discarded, ${THREADS} ` +
        'engine threads). The client has one kept-alive socket per server in the process of the suite; it sends prepared ' +
        'bytes and counts what it receives. Logits have six decimals, labels are class indices.',
      "The bare route parses the same request and writes the service's response with `JSON.stringify`.",
      ...(fastapi
        ? [
            'FastAPI runs on uvicorn with uvloop and httptools and declares its body as a pydantic model, as in its guide. ' +
              "Bypassed, the route passes the bytes to pydantic's own JSON parser.",
          ]
        : [NOT_INSTALLED]),
    ],
    versions: versionsOf(fastapi),
  };
}

async function measureLarge(service: Service, fastapi: number | undefined): Promise<Timings> {
  const body = jsonBody(MEDIUM.samples, MEDIUM.classes);
  const ours = await Connection.open(service.address);
  const theirs = fastapi === undefined ? undefined : await Connection.open(fastapi);
  const contenders: Contender[] = [
    { name: OURS, run: () => timeRequest(ours, post(ROUTE, JSON_TYPE, body)) },
    ...(theirs
      ? [
          { name: FASTAPI, run: () => timeRequest(theirs, post('/json', JSON_TYPE, body)) },
          { name: TUNED, run: () => timeRequest(theirs, post('/json-from-bytes', JSON_TYPE, body)) },
        ]
      : []),
  ];
  const times = await interleave(contenders, { rounds: 40, warmUp: 5, budgetMs: 45_000 });
  ours.close();
  theirs?.close();
  return times;
}

async function measureSmall(service: Service, quiet: Service): Promise<Timings> {
  const body = jsonBody(SMALL.samples, SMALL.classes);
  const bare = await startServer('bare.ts');
  const ours = await Connection.open(service.address);
  const silent = await Connection.open(quiet.address);
  const floor = await Connection.open(bare.address);
  const { body: answer } = await ours.send(post(ROUTE, JSON_TYPE, body), { keepBody: true });
  await timeRequest(floor, post('/answer-with', JSON_TYPE, answer));

  const contenders: Contender[] = [
    { name: BARE, run: () => timeBlock(floor, post('/json', JSON_TYPE, body)) },
    { name: OURS, run: () => timeBlock(ours, post(ROUTE, JSON_TYPE, body)) },
    { name: QUIET, run: () => timeBlock(silent, post(ROUTE, JSON_TYPE, body)) },
  ];
  const times = await interleave(contenders, { rounds: 30, warmUp: 20, budgetMs: 45_000 });
  for (const connection of [ours, silent, floor]) connection.close();
  await bare.stop();
  return times;
}

function nameOf({ samples, classes }: Size): string {
  return `${samples} × ${classes}`;
}

async function timeBlock(connection: Connection, request: Buffer): Promise<number> {
  const times: number[] = [];
  for (let i = 0; i < BLOCK; i++) times.push(await timeRequest(connection, request));
  return median(times);
}

/** As a client writes it that has float32 numbers: six decimals. */
export function jsonBody(samples: number, classes: number, options: object = {}): Buffer {
  const { logits, labels } = makeNumbers(samples, classes);
  const rows = Array.from({ length: samples }, (_, sample) =>
    Array.from(logits.subarray(sample * classes, (sample + 1) * classes), (logit) => Number(logit.toFixed(6))),
  );
  return Buffer.from(JSON.stringify({ logits: rows, labels: [...labels], ...options }));
}
