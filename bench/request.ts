import { randomUUID } from 'node:crypto';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Address, Connection, post, timeRequest } from '../test/harness/connection.ts';
import { startService } from '../test/harness/service-process.ts';
import { LARGE, makeNumbers } from './batches.ts';
import { inferenceBody, NPZ, npzBody, rawBody, SAFETENSORS, safetensorsBody } from './binary-bodies.ts';
import {
  competitorsInstalled,
  NOT_INSTALLED,
  startCompetitor,
  startTorchvision,
  versionsOf,
} from './harness/competitor.ts';
import { type Contender, interleave } from './harness/interleave.ts';
import { type Benchmark, ratioTarget, type Section } from './harness/report.ts';
import { startServer } from './harness/server.ts';
import { THREADS } from './harness/threads.ts';
import { timingTable } from './harness/timing-table.ts';
import { contenderOf } from './kernel.ts';

const ROUTE = '/v1/focal-loss';
const INFER = '/v2/models/focal-loss/infer';
const TRANSPORTS = ['TCP', 'Unix socket'] as const;
const FORMATS = ['safetensors', 'Open Inference'] as const;
const ECHO = 'Fastify, echo';
const GUIDE_ECHO = "Fastify, echo by Fastify's guide, TCP";
const NPZ_FILE = 'npz, TCP';
const HALF = 'safetensors, float16 in and out, TCP';
const FASTAPI = 'FastAPI, raw numbers, TCP';
const EAGER = 'torchvision, eager, in process';

/** The large batch through the binary routes, gradients and breakdown back. */
export const request: Benchmark = {
  name: 'request',
  title: `Whole request: ${LARGE.samples} × ${LARGE.classes} as binary tensors, float32 gradients and breakdown back`,
  run: measure,
};

async function measure(): Promise<Section> {
  const { samples, classes } = LARGE;
  const numbers = makeNumbers(samples, classes);
  const socket = (name: string) => join(tmpdir(), `${name}-${randomUUID()}.sock`);
  const threads = ['--engine-threads', String(THREADS)];
  const tcp = { service: await startService(...threads), echo: await startServer('bare.ts') };
  const unix = {
    service: await startService('--socket', socket('service'), ...threads),
    echo: await startServer('bare.ts', socket('echo')),
  };
  const fastapi = competitorsInstalled() ? await startCompetitor('server.py') : undefined;
  const eager = competitorsInstalled() ? await startTorchvision('eager', LARGE) : undefined;

  const connections: Connection[] = [];
  const overWire = async (name: string, address: Address, bytes: Buffer): Promise<Contender> => {
    const connection = await Connection.open(address);
    connections.push(connection);
    return { name, run: () => timeRequest(connection, bytes) };
  };
  const file = safetensorsBody(numbers);
  const { body, jsonBytes } = inferenceBody(numbers);
  const requests = {
    safetensors: post(ROUTE, SAFETENSORS, file),
    'Open Inference': post(INFER, 'application/octet-stream', body, { 'Inference-Header-Content-Length': jsonBytes }),
  };
  const contenders: Contender[] = [];
  for (const transport of TRANSPORTS) {
    const { service, echo } = transport === 'TCP' ? tcp : unix;
    for (const format of FORMATS) {
      contenders.push(await overWire(`${format}, ${transport}`, service.address, requests[format]));
    }
    contenders.push(
      await overWire(`${ECHO}, ${transport}`, echo.address, post('/echo', 'application/octet-stream', file)),
    );
  }
  contenders.push(
    await overWire(NPZ_FILE, tcp.service.address, post(ROUTE, NPZ, npzBody(numbers))),
    await overWire(HALF, tcp.service.address, post(ROUTE, SAFETENSORS, safetensorsBody(numbers, 'F16'))),
    await overWire(GUIDE_ECHO, tcp.echo.address, post('/guide-echo', 'application/x-bytes', file)),
    ...contenderOf(EAGER, eager),
    ...(fastapi
      ? [await overWire(FASTAPI, fastapi.port, post(`/raw/${classes}`, 'application/octet-stream', rawBody(numbers)))]
      : []),
  );
  const times = await interleave(contenders, { rounds: 15, warmUp: 2, budgetMs: 120_000 });
  for (const connection of connections) connection.close();
  await Promise.all([tcp, unix].flatMap(({ service, echo }) => [service.stop(), echo.stop()]));
  await Promise.all([fastapi?.stop(), eager?.stop()]);

  return {
    targets: [
      ...TRANSPORTS.flatMap((transport) =>
        FORMATS.map((format) =>
          ratioTarget(
            `${format}, ${transport}: an echo of as many bytes`,
            times.ratio(`${format}, ${transport}`, `${ECHO}, ${transport}`),
            1.25,
            '<',
          ),
        ),
      ),
      ratioTarget('float16: the same in float32', times.ratio(HALF, 'safetensors, TCP'), 1, '<'),
      ratioTarget('torchvision eager in process', times.ratio('safetensors, TCP', EAGER), 1, '<'),
      ratioTarget('faster than FastAPI', times.ratio(FASTAPI, 'safetensors, TCP'), 4, '≥'),
    ],
    tables: [timingTable(times, 'safetensors, TCP')],
    notes: [
      `The request has ${file.length} bytes: float32 logits and int64 class indices. Each server is a process of its own (the ` +
        `service: \`dist/main.js\`, log discarded, ${THREADS} engine threads, as torch has). The echo of the targets above reads ` +
        'its body as the service does, into pooled memory, and sends it back; the one by the guide lets Fastify collect it ' +
        'first. FastAPI runs on uvicorn with uvloop and httptools, and receives and sends raw numbers.',
      'The client has one kept-alive socket per server in the process of the suite. It sends prepared bytes, counts what ' +
        'it receives, and shares the cores with the server. Eager gets prepared targets and computes no breakdown.',
      ...(fastapi ? [] : [NOT_INSTALLED]),
    ],
    versions: versionsOf(fastapi),
  };
}
