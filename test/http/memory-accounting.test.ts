import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { test } from 'node:test';
import { gzipSync } from 'node:zlib';
import { Gate } from '../harness/gate.ts';
import { until } from '../harness/until.ts';
import { batchFile, JSON_BODY, ROUTES, SAFETENSORS, sendFile, sendSmall } from '../helpers/http/gated-batch.ts';
import { startGatedService } from '../helpers/http/gated-service.ts';
import { type Headers, send } from '../helpers/http/send.ts';
import { tensorFile } from '../helpers/tensor-file.ts';

// However a request ends, all of its memory is released, and once.

const LOSS = '/v1/focal-loss';
const service = await startGatedService(
  { hangTimeoutMs: 200 },
  ...['--max-json-bytes', '3000000', '--max-body-bytes', '16000000', '--memory-budget-bytes', `${2 ** 27}`],
);
const { url } = service;
const shortTimeout = await startGatedService({}, '--request-timeout-ms', '300');

/** Large enough to be read, and its response written, in threads. */
const LARGE_JSON = JSON.stringify({
  logits: Array(60_000).fill(1.5),
  labels: Array(60_000).fill(1),
  outputs: ['gradients'],
});

for (const { path, body } of ROUTES) {
  test(`${path}: a batch releases its memory`, async () => {
    const { status } = await send(url, path, JSON_BODY, body('none')).response;
    assert.equal(status, 200);
    await service.allReleased();
  });
}

test('a batch that threads read and write releases its memory', async () => {
  assert.equal((await send(url, LOSS, JSON_BODY, LARGE_JSON).response).status, 200);
  assert.equal((await sendFile(url, 60_000, 'none').response).status, 200);
  await service.allReleased();
});

test('a request that needs as much as the one before allocates nothing', async () => {
  await sendFile(url, 60_000, 'none').response;
  await service.allReleased();
  const { free } = await service.memory();
  assert.ok(free > 0);
  for (let i = 0; i < 5; i++) {
    await sendFile(url, 60_000, 'none').response;
    await service.allReleased();
  }
  assert.deepEqual(await service.memory(), { inUse: 0, free });
});

const badFile = batchFile(1000, 'none').fill(1, 0, 8);
const REJECTED: readonly [name: string, status: number, path: string, headers: Headers, body: string | Buffer][] = [
  ['to an unknown path', 404, '/v1/nothing', JSON_BODY, '{}'],
  ['of an unknown type', 415, LOSS, { 'content-type': 'text/csv' }, 'a,b'],
  ['of an unknown encoding', 415, LOSS, { ...JSON_BODY, 'content-encoding': 'br' }, '{}'],
  ['with an unknown response type', 406, LOSS, { ...JSON_BODY, accept: 'text/csv' }, '{}'],
  ['whose Content-Length is too large', 413, LOSS, JSON_BODY, ' '.repeat(3_000_001)],
  ['that proves too large', 413, LOSS, { ...JSON_BODY, 'transfer-encoding': 'chunked' }, ' '.repeat(3_000_001)],
  ['that is not gzip', 400, LOSS, { ...JSON_BODY, 'content-encoding': 'gzip' }, '{}'],
  ['that is not JSON', 400, LOSS, JSON_BODY, '{'],
  ['that is not JSON, read in a thread', 400, LOSS, JSON_BODY, `${'[1,'.repeat(40_000)}{`],
  ['that is not a safetensors file', 400, LOSS, SAFETENSORS, badFile],
  ['with an invalid option', 422, LOSS, JSON_BODY, '{"logits": [1], "labels": [1], "gamma": -1}'],
  ['with an invalid number, read in a thread', 422, LOSS, JSON_BODY, LARGE_JSON.replace('1.5', '1e99')],
  ['that causes a bug in the engine', 500, LOSS, JSON_BODY, ROUTES[0]!.body('bug')],
  ['that the device has no memory for', 503, LOSS, JSON_BODY, ROUTES[0]!.body('memory')],
  ['whose thread dies', 503, LOSS, JSON_BODY, ROUTES[0]!.body('exit')],
  ['of a sweep whose thread dies', 503, ROUTES[1]!.path, JSON_BODY, ROUTES[1]!.body('exit')],
];

for (const [name, expected, path, headers, body] of REJECTED) {
  test(`a rejected body releases its memory: one ${name}`, async () => {
    assert.equal((await send(url, path, headers, body).response).status, expected);
    await service.allReleased();
  });
}

test('a batch beyond the memory budget is rejected, and accepted once others have ended', async () => {
  const held = 4 * 16_003_072;
  const small = await startGatedService({}, '--memory-budget-bytes', `${Math.ceil((held + 2 ** 22) / (11 / 16))}`);
  // More than a sixteenth has arrived, so each has memory for all of it.
  const uploads = Array.from({ length: 4 }, () => {
    const upload = send(small.url, LOSS, { ...SAFETENSORS, 'content-length': 16_000_000 });
    upload.outgoing.write(Buffer.alloc(1_200_000));
    return upload;
  });
  await until('the uploads have memory', async () => (await small.memory()).inUse === held);
  const rejected = await sendFile(small.url, 700_000, 'none').response;
  assert.deepEqual([rejected.status, rejected.code], [429, 'memory_exhausted']);
  const seconds = Number(rejected.headers['retry-after']);
  assert.ok(seconds >= 1 && seconds <= 60, `${seconds}`);
  assert.equal((await small.memory()).inUse, held);
  for (const upload of uploads) upload.disconnect();
  await small.allReleased();
  assert.equal((await sendFile(small.url, 700_000, 'none').response).status, 200);
  await small.allReleased();
});

test('the values of classes count too: many in a small body are rejected, fewer accepted', async () => {
  const send1 = (classes: number) => {
    const file = tensorFile(
      {
        logits: { dtype: 'F32', shape: [1, classes], values: new Array(classes).fill(0) },
        labels: { dtype: 'I32', shape: [1], values: [0] },
      },
      { outputs: '["loss"]' },
    );
    return send(url, LOSS, SAFETENSORS, file).response;
  };
  // Values may take three sixteenths of 128 MiB, and those of a class take 600 bytes.
  const { status, code } = await send1(42_000);
  assert.deepEqual([status, code], [413, 'body_too_large']);
  assert.equal((await send1(41_000)).status, 200);
  await service.allReleased();
});

test('a client that disconnects within its body releases its memory', async () => {
  const body = randomBytes(200_000);
  const uploads: [Headers, Buffer][] = [
    [{ ...SAFETENSORS, 'content-length': 3_000_000 }, body],
    [SAFETENSORS, body],
    [{ ...SAFETENSORS, 'content-encoding': 'gzip' }, gzipSync(body).subarray(0, -100)],
  ];
  for (const [headers, begun] of uploads) {
    const upload = send(url, LOSS, headers);
    upload.outgoing.write(begun);
    await until('the body has memory', async () => (await service.memory()).inUse > 100_000);
    upload.disconnect();
    await service.allReleased();
  }
});

test('a client that disconnects when all of its compressed body has arrived, and not all is read, releases its memory', async () => {
  const { hostname, port } = new URL(url);
  // So long that it fills the buffers between the socket and what inflates it.
  const body = gzipSync(
    randomBytes(12_000_000).map((byte) => byte & 1),
    { level: 1 },
  );
  const head = `POST ${LOSS} HTTP/1.1\r\nHost: x\r\nContent-Type: application/vnd.safetensors\r\nContent-Encoding: gzip\r\n`;
  for (const delayMs of [0, 1, 2, 4, 8, 16]) {
    const socket = connect(Number(port), hostname);
    await once(socket, 'connect');
    socket.write(`${head}Content-Length: ${body.length}\r\n\r\n`);
    socket.write(body, () => setTimeout(() => socket.destroy(), delayMs));
    await once(socket, 'close');
  }
  await service.allReleased();
});

test('a client that disconnects while its batch runs or waits releases its memory', async () => {
  for (const route of ROUTES) {
    const gate = new Gate();
    const running = sendSmall(url, `late ${gate.path}`, route);
    await gate.noted('begun');
    const waiting = sendSmall(url, 'none', route);
    await until('one waits', () => service.engine.stats.waiting === 1);
    waiting.disconnect();
    running.disconnect();
    await until('none waits', () => service.engine.stats.waiting === 0);
    gate.open();
    await service.allReleased();
  }
});

/** Sends a batch whose response is far larger than the system's socket buffers, and waits until some of it has arrived. */
async function beginToRead(to: string): Promise<Socket> {
  const { hostname, port } = new URL(to);
  const socket = connect(Number(port), hostname);
  const body = batchFile(3_000_000, 'none');
  socket.write(`POST ${LOSS} HTTP/1.1\r\nhost: x\r\ncontent-type: application/vnd.safetensors\r\n`);
  socket.write(`content-length: ${body.length}\r\n\r\n`);
  socket.write(body);
  await once(socket, 'readable');
  return socket;
}

test('a client that disconnects within its response releases its memory', async () => {
  const socket = await beginToRead(url);
  assert.ok((await service.memory()).inUse > 3_000_000);
  socket.destroy();
  await service.allReleased();
});

test('a client that does not read its response is disconnected, and its memory released', async () => {
  const shortTimeouts = await startGatedService({}, '--request-timeout-ms', '1000', '--upload-timeout-ms', '1000');
  const socket = await beginToRead(shortTimeouts.url);
  socket.on('error', () => {}); // Its connection is reset.
  await shortTimeouts.allReleased();
  socket.destroy();
});

test('a batch that times out while it runs or waits releases its memory', async () => {
  for (const route of ROUTES) {
    const gate = new Gate();
    const running = sendSmall(shortTimeout.url, `late ${gate.path}`, route);
    await gate.noted('begun');
    const waiting = sendSmall(shortTimeout.url, 'none', route);
    for (const { response } of [running, waiting]) assert.equal((await response).status, 504);
    gate.open();
    await shortTimeout.allReleased();
    assert.equal((await sendSmall(shortTimeout.url, 'none', route).response).status, 200);
  }
});

test('a body of unknown length takes memory for what has arrived, not for the smaller buffers before', async () => {
  const upload = send(url, LOSS, SAFETENSORS);
  const bytes = 1_500_000;
  for (let sent = 0; sent < bytes; sent += 50_000) upload.outgoing.write(Buffer.alloc(50_000));
  await until('all of it has arrived', async () => (await service.memory()).inUse >= bytes);
  const { inUse } = await service.memory();
  assert.ok(inUse <= 1.5 * bytes, `${inUse} bytes for ${bytes}`);
  upload.disconnect();
  await service.allReleased();
});

test('after all of this, memory in use is 0, and free memory is within the budget', async () => {
  const { inUse, free } = await service.memory();
  assert.equal(inUse, 0);
  assert.ok(free >= 0 && free <= 2 ** 27, `${free}`);
});
