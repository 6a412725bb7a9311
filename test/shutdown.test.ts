import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { Gate } from './harness/gate.ts';
import { type GatedProcess, startGatedProcess } from './harness/gated-process.ts';
import { scrape } from './harness/scrape.ts';
import { until } from './harness/until.ts';
import { batchFile, sendSmall } from './helpers/http/gated-batch.ts';
import { memoryOf } from './helpers/http/gated-service.ts';
import { readTensorFile } from './helpers/tensor-file.ts';

// What the process does between SIGTERM and its end, while requests are in each of their states.

/** So long the process may wait for an answer, so a test in which it ends sooner shows that it did not. */
const PATIENCE = ['--request-timeout-ms', '120000'];
const EXIT_WITHIN_MS = 60_000;
/** The answer is far more than the system takes of it unread. */
const SAMPLES = 3_000_000;

async function exits(service: GatedProcess): Promise<void> {
  const code = await Promise.race([service.exit(), sleep(EXIT_WITHIN_MS, 'it goes on', { ref: false })]);
  assert.equal(code, 0);
}

/** How many requests are being answered, beside the one that asks. */
async function inFlight({ url }: GatedProcess): Promise<number> {
  return (await scrape(url)).samples.get('focal_loss_http_requests_in_flight')! - 1;
}

/** Sends a batch up to this byte of its body, and reads nothing. */
function sendPart({ url }: GatedProcess, body: Buffer, end = body.length): Socket {
  const socket = connect(Number(new URL(url).port), '127.0.0.1').pause();
  socket.write('POST /v1/focal-loss HTTP/1.1\r\nhost: x\r\ncontent-type: application/vnd.safetensors\r\n');
  socket.write(`content-length: ${body.length}\r\n\r\n`);
  socket.write(body.subarray(0, end));
  return socket;
}

async function gradientsFrom(socket: Socket): Promise<number> {
  const pieces: Buffer[] = [];
  socket.on('data', (piece) => pieces.push(piece)).resume();
  await once(socket, 'close');
  const received = Buffer.concat(pieces);
  const file = received.subarray(received.indexOf('\r\n\r\n') + 4);
  return readTensorFile(file).tensors.gradients!.values.length;
}

test('what runs and what waits is answered; a caller that hung up, before the signal or after it, is not waited for', async () => {
  const service = await startGatedProcess(...PATIENCE);
  const gate = new Gate();
  const running = sendSmall(service.url, `hold ${gate.path}`);
  await gate.noted('begun');
  const waiting = [sendSmall(service.url, 'none'), sendSmall(service.url, 'none')];
  const gone = [sendSmall(service.url, 'none'), sendSmall(service.url, 'none')];
  await until('all have come', async () => (await inFlight(service)) === 5);
  gone[0]!.hangUp();
  await until('one has gone', async () => (await inFlight(service)) === 4);
  service.signal('SIGTERM');
  await service.logged('shutting_down');
  gone[1]!.hangUp();
  gate.open();
  for (const { answer } of [running, ...waiting]) {
    const { status, headers } = await answer;
    assert.deepEqual([status, headers.connection], [200, 'close']);
  }
  await exits(service);
});

test('a request whose body is still coming is served, and a large answer received whole, however late it is read', async () => {
  const service = await startGatedProcess(...PATIENCE, '--drain-delay-ms', '1000');
  const large = sendPart(service, batchFile(SAMPLES, 'none'));
  await once(large, 'readable'); // The answer has begun.
  const body = batchFile(1000, 'none');
  const { inUse } = await memoryOf(service.url);
  const coming = sendPart(service, body, 100);
  await until('its body has memory', async () => (await memoryOf(service.url)).inUse > inUse);
  service.signal('SIGTERM');
  await service.logged('shutting_down');
  coming.write(body.subarray(100));
  assert.equal(await gradientsFrom(coming), 1000);
  assert.equal(service.ended, false);
  assert.equal(await gradientsFrom(large), SAMPLES);
  await exits(service);
});

test('a caller that does not read its answer is waited for as long as one that gets none, and no longer', async () => {
  const timeoutMs = 2000;
  const service = await startGatedProcess('--request-timeout-ms', `${timeoutMs}`);
  const large = sendPart(service, batchFile(SAMPLES, 'none'));
  await once(large, 'readable');
  service.signal('SIGTERM');
  await service.logged('shutting_down');
  const start = performance.now();
  await exits(service);
  assert.ok(performance.now() - start > timeoutMs / 2);
  large.destroy();
});
