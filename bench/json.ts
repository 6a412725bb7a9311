import { Connection, post, timeRequest } from '../test/harness/connection.ts';
import { type Service, startService } from '../test/harness/service-process.ts';
import { makeNumbers, type Size } from './batches.ts';
import { competitorsInstalled, NOT_INSTALLED, startCompetitor, versionsOf } from './harness/competitor.ts';
import { type Contender, interleave, type Timings } from './harness/interleave.ts';
import { type Benchmark, ratioTarget, type Section } from './harness/report.ts';
import { THREADS } from './harness/threads.ts';
import { timingTable } from './harness/timing-table.ts';
import { unlessToy } from './harness/toy.ts';

const OURS = 'this service';
const FASTAPI = 'FastAPI, pydantic, torch, orjson';
const TUNED = 'the same, pydantic reading the bytes';

const ROUTE = '/v1/focal-loss';
const JSON_TYPE = 'application/json';

const SIZE: Size = { samples: unlessToy(4096, 64), classes: 80 };

/** The JSON route as it ships, with a large body, against FastAPI. `small` has small ones. */
export const json: Benchmark = {
  name: 'json',
  title: 'JSON: POST /v1/focal-loss with loss, gradients and breakdown',
  run: measure,
};

async function measure(): Promise<Section> {
  const service = await startService('--engine-threads', String(THREADS));
  const fastapi = competitorsInstalled() ? await startCompetitor('server.py') : undefined;
  const times = await measureTimes(service, fastapi?.port);
  await Promise.all([service.stop(), fastapi?.stop()]);

  const name = `${SIZE.samples} × ${SIZE.classes}`;
  return {
    targets: [
      ratioTarget(`${name}: faster than FastAPI`, times.ratio(FASTAPI, OURS), 4, '≥'),
      ratioTarget(`${name}: faster than FastAPI bypassed`, times.ratio(TUNED, OURS), 3, '≥'),
    ],
    tables: [{ caption: `${name}:`, ...timingTable(times, OURS) }],
    notes: [
      `Each server is a process of its own (the service: \`dist/main.js\`, default settings, log discarded, ${THREADS} ` +
        'engine threads). The client has one kept-alive socket per server in the process of the suite; it sends prepared ' +
        'bytes and counts what it receives. Logits have six decimals, labels are class indices.',
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

async function measureTimes(service: Service, fastapi: number | undefined): Promise<Timings> {
  const body = jsonBody(SIZE.samples, SIZE.classes);
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

/** As a client writes it that has float32 numbers: six decimals. */
export function jsonBody(samples: number, classes: number, options: object = {}): Buffer {
  const { logits, labels } = makeNumbers(samples, classes);
  const rows = Array.from({ length: samples }, (_, sample) =>
    Array.from(logits.subarray(sample * classes, (sample + 1) * classes), (logit) => Number(logit.toFixed(6))),
  );
  return Buffer.from(JSON.stringify({ logits: rows, labels: [...labels], ...options }));
}
