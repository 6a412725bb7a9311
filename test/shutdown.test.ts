import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { freePort } from './harness/free-port.ts';
import { Gate } from './harness/gate.ts';
import { type GatedProcess, startGatedProcess } from './harness/gated-process.ts';
import { isReady } from './harness/service-process.ts';
import { startProcess } from './harness/start-process.ts';
import { until } from './harness/until.ts';
import { batchFile, sendSmall } from './helpers/http/gated-batch.ts';
import { inFlight, memoryOf } from './helpers/http/gated-service.ts';
import { readTensorFile } from './helpers/tensor-file.ts';

// What the process does between SIGTERM and its exit, with requests in each of their states.

/** The process may wait this long for a response. An exit within EXIT_MS therefore shows that it did not. */
const LONG_TIMEOUT = ['--request-timeout-ms', '120000'];
const EXIT_MS = 60_000;
/** Their gradients are a response far larger than the system's socket buffers. */
const SAMPLES = 3_000_000;

async function exits(service: GatedProcess): Promise<void> {
  const code = await Promise.race([service.exit(), sleep(EXIT_MS, 'still running', { ref: false })]);
  assert.equal(code, 0);
}

/** Sends a batch up to this byte of its body, and reads nothing. */
function sendPart({ url }: GatedProcess, body: Buffer, end = body.length): Socket {
  const socket = connect(Number(new URL(url).port), '127.0.0.1').pause();
  socket.write('POST /v1/focal-loss HTTP/1.1\r\nhost: x\r\ncontent-type: application/vnd.safetensors\r\n');
  socket.write(`content-length: ${body.length}\r\n\r\n`);
  socket.write(body.subarray(0, end));
  return socket;
}

async function countGradients(socket: Socket): Promise<number> {
  const pieces: Buffer[] = [];
  socket.on('data', (piece) => pieces.push(piece)).resume();
  await once(socket, 'close');
  const received = Buffer.concat(pieces);
  const file = received.subarray(received.indexOf('\r\n\r\n') + 4);
  return readTensorFile(file).tensors.gradients!.values.length;
}

test('running and waiting batches are finished; a client that disconnects, before the signal or after it, is not waited for', async () => {
  const service = await startGatedProcess(...LONG_TIMEOUT);
  const gate = new Gate();
  const running = sendSmall(service.url, `hold ${gate.path}`);
  await gate.noted('begun');
  const waiting = [sendSmall(service.url, 'none'), sendSmall(service.url, 'none')];
  const disconnecting = [sendSmall(service.url, 'none'), sendSmall(service.url, 'none')];
  await until('all are in flight', async () => (await inFlight(service.url)) === 5);
  disconnecting[0]!.disconnect();
  await until('one has disconnected', async () => (await inFlight(service.url)) === 4);
  service.signal('SIGTERM');
  await service.logged('shutting down');
  disconnecting[1]!.disconnect();
  gate.open();
  for (const { response } of [running, ...waiting]) {
    const { status, headers } = await response;
    assert.deepEqual([status, headers.connection], [200, 'close']);
  }
  await exits(service);
});

test('a body that is still arriving is evaluated, and a large response is sent whole, however late the client reads it', async () => {
  const service = await startGatedProcess(...LONG_TIMEOUT, '--drain-delay-ms', '1000');
  const large = sendPart(service, batchFile(SAMPLES, 'none'));
  await once(large, 'readable'); // The response has begun.
  const body = batchFile(1000, 'none');
  const { inUse } = await memoryOf(service.url);
  const arriving = sendPart(service, body, 100);
  await until('its body has memory', async () => (await memoryOf(service.url)).inUse > inUse);
  service.signal('SIGTERM');
  await service.logged('shutting down');
  arriving.write(body.subarray(100));
  assert.equal(await countGradients(arriving), 1000);
  assert.equal(service.ended, false);
  assert.equal(await countGradients(large), SAMPLES);
  await exits(service);
});

test('a client that does not read its response delays the exit by the request timeout, and no longer', async () => {
  const timeoutMs = 2000;
  const service = await startGatedProcess('--request-timeout-ms', `${timeoutMs}`);
  const large = sendPart(service, batchFile(SAMPLES, 'none'));
  await once(large, 'readable');
  service.signal('SIGTERM');
  await service.logged('shutting down');
  const start = performance.now();
  await exits(service);
  assert.ok(performance.now() - start > timeoutMs / 2);
  large.destroy();
});

test('a client that goes on sending its headers or its body does not hold the process', async () => {
  const service = await startGatedProcess('--request-timeout-ms', '1000');
  const port = Number(new URL(service.url).port);
  const starts = [
    'GET /health/live HTTP/1.1\r\nhost: x\r\na: ',
    'POST /v1/focal-loss HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: 9999\r\n\r\n',
  ];
  const sockets = starts.map((bytes) => {
    const socket = connect(port, '127.0.0.1').on('error', () => {});
    socket.write(bytes);
    const drip = setInterval(() => socket.write(' '), 100);
    socket.once('close', () => clearInterval(drip));
    return socket;
  });
  await until('the body has begun', async () => (await inFlight(service.url)) === 1);
  service.signal('SIGTERM');
  const code = await Promise.race([service.exit(), sleep(8000, 'still running', { ref: false })]);
  for (const socket of sockets) socket.destroy();
  assert.equal(code, 0);
});

test('a second signal ends the process at once, unless it follows the first one within a second, as under npm', async () => {
  const service = await startGatedProcess(...LONG_TIMEOUT);
  const gate = new Gate();
  sendSmall(service.url, `hold ${gate.path}`);
  await gate.noted('begun');
  service.signal('SIGINT');
  await service.logged('shutting down');
  service.signal('SIGINT');
  await sleep(1100);
  assert.equal(service.ended, false);
  service.signal('SIGTERM');
  assert.equal(await Promise.race([service.exit(), sleep(3000, 'still running', { ref: false })]), null); // By a signal, SIGKILL.
  assert.match(service.log.at(-1)!, /"signal":"SIGTERM".*second signal/);
  gate.open();
});

test('a log whose reader stopped reading does not hold the process, not even one that blocks', async () => {
  const port = await freePort();
  const main = new URL('../dist/main.js', import.meta.url).pathname;
  // Its standard output is a socket, to which a write blocks; a pipe would be opened as non-blocking.
  const child = startProcess(process.execPath, [main, '--port', `${port}`, '--engine-threads', '1']);
  await until('the service is ready', () => isReady(port));
  const path = 'x'.repeat(15_000); // Logged, too.
  for (let i = 0; i < 100; i++) assert.equal((await fetch(`http://127.0.0.1:${port}/${path}`)).status, 404);
  child.kill('SIGTERM');
  const ended = await Promise.race([once(child, 'exit'), sleep(10_000, 'still running', { ref: false })]);
  child.kill('SIGKILL');
  assert.notEqual(ended, 'still running');
});

for (const [limit, seconds, flags] of [
  ['10 s after new batches are', 10, LONG_TIMEOUT],
  ['when the time for requests in flight is over', 2, ['--request-timeout-ms', '2000']],
] as const) {
  test(`an upload that does not end is rejected ${limit}, and delays the exit no longer`, async () => {
    const service = await startGatedProcess(...flags, '--min-upload-bytes-per-second', '0');
    const body = batchFile(SAMPLES, 'none');
    const arriving = sendPart(service, body, 100);
    await until('its body has memory', async () => (await memoryOf(service.url)).inUse > 0);
    service.signal('SIGTERM');
    const start = performance.now();
    let response = '';
    arriving.on('error', () => {}); // The service closes the connection while it is written to.
    arriving.on('data', (piece) => {
      response += piece;
    });
    arriving.resume();
    while (!arriving.destroyed) {
      arriving.write(body.subarray(0, 100));
      await sleep(200);
    }
    assert.match(response, /^HTTP\/1\.1 503 [\s\S]*"code":"shutting_down"/);
    await exits(service);
    const took = (performance.now() - start) / 1000;
    assert.ok(took > 0.8 * seconds && took < seconds + 10, `${took} s`);
  });
}
