import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { test } from 'node:test';
import { gzipSync } from 'node:zlib';
import { Gate } from '../harness/gate.ts';
import { until } from '../harness/until.ts';
import { batchFile, JSON_BODY, ROUTES, SAFETENSORS, sendFile, sendSmall } from '../helpers/http/gated-batch.ts';
import { type Headers, send, startGatedService } from '../helpers/http/gated-service.ts';

// However a request ends, its memory is released: once, and all of it.

const LOSS = '/v1/focal-loss';
const service = await startGatedService(
  { hangTimeoutMs: 200 },
  ...['--max-json-bytes', '3000000', '--max-body-bytes', '16000000', '--memory-budget-bytes', `${2 ** 26}`],
);
const { url } = service;
const hasty = await startGatedService({}, '--request-timeout-ms', '300');

const largeJson = (command: string) =>
  JSON.stringify({
    class_names: [command],
    logits: Array(60_000).fill(1.5),
    labels: Array(60_000).fill(1),
  });

for (const { path, body } of ROUTES) {
  test(`${path}: answered`, async () => {
    const { status } = await send(url, path, JSON_BODY, body('none')).answer;
    assert.equal(status, 200);
    await service.allReleased();
  });
}

test('answered: bodies and answers that threads read and write', async () => {
  assert.equal((await send(url, LOSS, JSON_BODY, largeJson('none')).answer).status, 200);
  assert.equal((await sendFile(url, 60_000, 'none').answer).status, 200);
  await service.allReleased();
});

test('a request that needs the same again takes no new memory', async () => {
  await sendFile(url, 60_000, 'none').answer;
  await service.allReleased();
  const { free } = await service.memory();
  assert.ok(free > 0);
  for (let i = 0; i < 5; i++) {
    await sendFile(url, 60_000, 'none').answer;
    await service.allReleased();
  }
  assert.deepEqual(await service.memory(), { inUse: 0, free });
});

const badFile = batchFile(1000, 'none').fill(1, 0, 8);
const REJECTED: readonly [name: string, status: number, path: string, headers: Headers, body: string | Buffer][] = [
  ['of an unknown path', 404, '/v1/nothing', JSON_BODY, '{}'],
  ['of an unknown type', 415, LOSS, { 'content-type': 'text/csv' }, 'a,b'],
  ['of an unknown encoding', 415, LOSS, { ...JSON_BODY, 'content-encoding': 'br' }, '{}'],
  ['for an unknown answer', 406, LOSS, { ...JSON_BODY, accept: 'text/csv' }, '{}'],
  ['declared too large', 413, LOSS, JSON_BODY, ' '.repeat(3_000_001)],
  ['found too large', 413, LOSS, { ...JSON_BODY, 'transfer-encoding': 'chunked' }, ' '.repeat(3_000_001)],
  ['that is no gzip', 400, LOSS, { ...JSON_BODY, 'content-encoding': 'gzip' }, '{}'],
  ['that is no JSON', 400, LOSS, JSON_BODY, '{'],
  ['that is no JSON, read in a thread', 400, LOSS, JSON_BODY, `${'[1,'.repeat(40_000)}{`],
  ['that is no tensor file', 400, LOSS, SAFETENSORS, badFile],
  ['with a wrong option', 422, LOSS, JSON_BODY, '{"logits": [1], "labels": [1], "gamma": -1}'],
  ['with a wrong number, read in a thread', 422, LOSS, JSON_BODY, largeJson('none').replace('1.5', '1e99')],
  ['that the engine finds a bug with', 500, LOSS, JSON_BODY, ROUTES[0]!.body('bug')],
  ['that the device has no memory for', 503, LOSS, JSON_BODY, ROUTES[0]!.body('memory')],
  ['whose thread dies', 503, LOSS, JSON_BODY, ROUTES[0]!.body('exit')],
  ['swept, whose thread dies', 503, ROUTES[1]!.path, JSON_BODY, ROUTES[1]!.body('exit')],
];

for (const [name, expected, path, headers, body] of REJECTED) {
  test(`refused: a body ${name}`, async () => {
    assert.equal((await send(url, path, headers, body).answer).status, expected);
    await service.allReleased();
  });
}

test('refused: for want of memory, and served once others have ended', async () => {
  // Of the budget of 64 MiB.
  const uploads = Array.from({ length: 16 }, () => send(url, LOSS, { ...SAFETENSORS, 'content-length': 4_000_000 }));
  await until('the uploads have memory', async () => (await service.memory()).inUse === 64_000_000);
  const refused = await sendFile(url, 700_000, 'none').answer;
  assert.deepEqual([refused.status, refused.headers['retry-after']], [429, '1']);
  assert.equal((await service.memory()).inUse, 64_000_000);
  for (const upload of uploads) upload.hangUp();
  await service.allReleased();
  assert.equal((await sendFile(url, 700_000, 'none').answer).status, 200);
  await service.allReleased();
});

test('the caller hangs up: in the middle of the body', async () => {
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
    upload.hangUp();
    await service.allReleased();
  }
});

test('the caller hangs up: while the batch is computed, and while it waits for that', async () => {
  for (const route of ROUTES) {
    const gate = new Gate();
    const running = sendSmall(url, `late ${gate.path}`, route);
    await gate.noted('begun');
    const waiting = sendSmall(url, 'none', route);
    await until('one waits', () => service.engine.stats.waiting === 1);
    waiting.hangUp();
    running.hangUp();
    await until('nobody waits', () => service.engine.stats.waiting === 0);
    gate.open();
    await service.allReleased();
  }
});

/** Sends a batch whose answer is far more than the system takes unread, and waits until some of it has come. */
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

test('the caller hangs up: in the middle of the answer', async () => {
  const socket = await beginToRead(url);
  assert.ok((await service.memory()).inUse > 3_000_000);
  socket.destroy();
  await service.allReleased();
});

test('the caller is silent: it does not read its answer, and is not waited for', async () => {
  const impatient = await startGatedService({}, '--request-timeout-ms', '1000', '--upload-timeout-ms', '1000');
  const socket = await beginToRead(impatient.url);
  socket.on('error', () => {}); // Its connection is reset.
  await impatient.allReleased();
  socket.destroy();
});

test('the deadline passes: while the batch is computed, and while it waits for that', async () => {
  for (const route of ROUTES) {
    const gate = new Gate();
    const batches = [sendSmall(hasty.url, `late ${gate.path}`, route), sendSmall(hasty.url, 'none', route)];
    for (const { answer } of batches) assert.equal((await answer).status, 504);
    gate.open();
    await hasty.allReleased();
    assert.equal((await sendSmall(hasty.url, 'none', route).answer).status, 200);
  }
});

test('a body that comes in pieces has the memory of what came, not of all the sizes on the way there', async () => {
  const upload = send(url, LOSS, SAFETENSORS);
  const bytes = 1_500_000;
  for (let sent = 0; sent < bytes; sent += 50_000) upload.outgoing.write(Buffer.alloc(50_000));
  await until('all of it came', async () => (await service.memory()).inUse >= bytes);
  const { inUse } = await service.memory();
  assert.ok(inUse <= 1.5 * bytes, `${inUse} bytes for ${bytes}`);
  upload.hangUp();
  await service.allReleased();
});

test('what went before has left nothing behind that is counted twice', async () => {
  const { inUse, free } = await service.memory();
  assert.equal(inUse, 0);
  assert.ok(free >= 0 && free <= 2 ** 26, `${free}`);
});
