import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { MAX_REQUEST_HEADERS } from '../../../src/http/plugins/connection-limits.ts';
import { Gate } from '../../harness/gate.ts';
import { sendSmall } from '../../helpers/http/gated-batch.ts';
import { startGatedService } from '../../helpers/http/gated-service.ts';
import { readResponses, sendRaw } from '../../helpers/http/raw-socket.ts';

// How long connections stay open, on real sockets.

const HEAD = 'GET /health/live HTTP/1.1\r\nhost: x\r\n';
/** AWS, GCP, Azure and nginx close idle connections after a minute, and reuse them until then. */
const LOAD_BALANCER_SECONDS = 60;

const service = await startGatedService({}, '--upload-timeout-ms', '1000', '--request-timeout-ms', '20000');

function open(): Socket {
  const { hostname, port } = new URL(service.url);
  return connect(Number(port), hostname);
}

async function responseOn(socket: Socket, bytes: string) {
  socket.write(bytes);
  return readResponses(`${(await once(socket, 'data'))[0]}`)[0]!;
}

test('a connection is kept for longer than load balancers keep theirs, and its clients are told so', async () => {
  const socket = open();
  const { status, headers } = await responseOn(socket, `${HEAD}\r\n`);
  const [, seconds] = /^timeout=(\d+)$/.exec(headers['keep-alive'] ?? '') ?? [];
  assert.equal(status, 200);
  assert.ok(Number(seconds) > LOAD_BALANCER_SECONDS, headers['keep-alive']);
  // Longer than Node's own 5 s would be too long for a test; the time that Node watches is that of the header.
  assert.ok(service.app.server.keepAliveTimeout >= 1000 * Number(seconds));
  socket.destroy();
});

test('a connection stays open while its batch is evaluated, however long uploads may take', async () => {
  const gate = new Gate();
  const batch = sendSmall(service.url, `hold ${gate.path}`);
  await gate.noted('begun');
  await sleep(2500); // Longer than UPLOAD_TIMEOUT_MS.
  gate.open();
  assert.equal((await batch.response).status, 200);
});

test('as many headers as there may be are accepted, and one more is not', async () => {
  const others = (count: number) => Array.from({ length: count }, (_, i) => `x-${i}: host\r\n`).join('');
  for (const [count, expected] of [
    [MAX_REQUEST_HEADERS, 200],
    [MAX_REQUEST_HEADERS + 1, 431],
  ] as const) {
    // Host and Connection are two of them. A value that is "host" is no Host header.
    const bytes = `${HEAD}connection: close\r\n${others(count - 2)}\r\n`;
    assert.equal(readResponses(await sendRaw(service.url, bytes))[0]?.status, expected, `${count}`);
  }
});

test('places of requests that waited are free again: a connection may pipeline any number of them, a few at a time', async () => {
  const socket = open();
  const perWave = 25;
  let received = '';
  socket.on('data', (bytes) => {
    received += bytes;
  });
  const responses = () => received.split('HTTP/1.1 200').length - 1;
  for (let wave = 1; wave <= 50; wave++) {
    socket.write(`${HEAD}\r\n`.repeat(perWave));
    while (responses() < wave * perWave && !socket.closed) await sleep(1);
    assert.equal(responses(), wave * perWave, `wave ${wave}`);
  }
  socket.destroy();
});
