import { LARGE, makeNumbers, type Numbers } from './batches.ts';
import { Connection, post, timeRequest } from './connection.ts';
import { type Contender, interleave } from './interleave.ts';
import { peerContender } from './kernel.ts';
import { NOT_INSTALLED, peersInstalled, startPeer, versionsOf } from './peer.ts';
import { type Benchmark, ratioTarget, type Section } from './report.ts';
import { startServer } from './server.ts';
import { THREADS } from './threads.ts';
import { timingTable } from './timing-table.ts';

const OURS = 'this service, raw body';
const ECHO = 'Fastify, echo of the body';
const FASTAPI = 'FastAPI, raw body';
const EAGER = 'torchvision, eager, in process';

const BINARY = 'application/octet-stream';

/** The large batch over loopback as raw numbers, gradients back. */
export const request: Benchmark = {
  name: 'request',
  title: `Whole request: ${LARGE.samples} × ${LARGE.classes} raw over loopback, float32 gradients and breakdown back`,
  run: measure,
};

async function measure(): Promise<Section> {
  const { samples, classes } = LARGE;
  const body = rawBody(makeNumbers(samples, classes));
  const [raw, bare] = [await startServer('raw.ts'), await startServer('bare.ts')];
  const fastapi = peersInstalled() ? await startPeer('server.py') : undefined;
  const eager = peersInstalled() ? await startPeer('kernel.py', 'eager', String(samples), String(classes)) : undefined;

  const connections: Connection[] = [];
  const overWire = async (name: string, port: number, path: string): Promise<Contender> => {
    const connection = await Connection.open(port);
    connections.push(connection);
    const bytes = post(path, BINARY, body);
    return { name, run: () => timeRequest(connection, bytes) };
  };
  const contenders = [
    await overWire(OURS, raw.port, `/focal-loss/${classes}`),
    await overWire(ECHO, bare.port, '/echo'),
    ...peerContender(EAGER, eager),
    ...(fastapi ? [await overWire(FASTAPI, fastapi.port, `/raw/${classes}`)] : []),
  ];
  const times = await interleave(contenders, { rounds: 15, warmUp: 2, budgetMs: 75_000 });
  for (const connection of connections) connection.close();
  await Promise.all([raw.stop(), bare.stop(), fastapi?.stop(), eager?.stop()]);

  return {
    targets: [
      ratioTarget('a route that only echoes as many bytes', times.ratio(OURS, ECHO), 1.5, '<'),
      ratioTarget('torchvision eager in process', times.ratio(OURS, EAGER), 1, '<'),
      ratioTarget('faster than FastAPI', times.ratio(FASTAPI, OURS), 4, '≥'),
    ],
    tables: [timingTable(times, OURS)],
    notes: [
      `${body.length} bytes go in: float32 logits, then int32 class indices. There is no binary route yet: a small ` +
        'Fastify server (`bench/servers/raw.ts`) reads the body into shared memory, checks and evaluates it through ' +
        '`prepareBatch` and `engine.evaluate`, and sends the gradients and the summary. The echo reads its body in the ' +
        `same way. FastAPI runs on uvicorn with uvloop and httptools; engine and torch have ${THREADS} threads each.`,
      'The client is one kept-alive socket in the process of the suite: prepared bytes out, a counter for what comes ' +
        'back. Eager has its targets ready-made and makes no breakdown.',
      ...(fastapi ? [] : [NOT_INSTALLED]),
    ],
    versions: { ...versionsOf(raw, fastapi) },
  };
}

/** Logits, then labels. */
export function rawBody({ logits, labels }: Numbers): Uint8Array {
  const body = new Uint8Array(logits.byteLength + labels.byteLength);
  body.set(new Uint8Array(logits.buffer));
  body.set(new Uint8Array(labels.buffer), logits.byteLength);
  return body;
}
