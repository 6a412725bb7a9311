import assert from 'node:assert/strict';
import { once } from 'node:events';
import { type IncomingMessage, request } from 'node:http';
import { connect } from 'node:net';
import { test } from 'node:test';
import { scrape } from '../harness/scrape.ts';
import { decodeBody } from '../helpers/http/decode-body.ts';
import { allReleased, memoryOf } from '../helpers/http/gated-service.ts';
import { type Json, startTestService } from '../helpers/service.ts';

// Compressed responses of the whole service: batches from leased memory, metrics, documents and files.

const service = await startTestService('--response-compression', 'always');
const { url } = service;

const values = (count: number) => Array.from({ length: count }, (_, i) => Math.sin(i * i) * 5);
const batch = (samples: number) => ({
  logits: values(samples),
  labels: Array.from({ length: samples }, (_, i) => i % 2),
  outputs: ['loss', 'gradients'],
});
const inference = (samples: number) => ({
  inputs: [
    { name: 'logits', datatype: 'FP32', shape: [samples], data: batch(samples).logits },
    { name: 'labels', datatype: 'INT64', shape: [samples], data: batch(samples).labels },
  ],
});
const sweep = (samples: number) => ({
  ...batch(samples),
  outputs: undefined,
  gammas: Array.from({ length: 100 }, (_, i) => i / 10),
});

const ROUTES: Record<string, (samples: number) => object> = {
  '/v1/focal-loss': batch,
  '/v1/focal-loss/sweep': sweep,
  '/v2/models/focal-loss/infer': inference,
};

async function post(path: string, body: object, encodings = 'identity') {
  const headers = { 'content-type': 'application/json', 'accept-encoding': encodings };
  const outgoing = request(`${url}${path}`, { method: 'POST', headers }).end(JSON.stringify(body));
  const [response] = (await once(outgoing, 'response')) as [IncomingMessage];
  const sent = Buffer.concat(await response.toArray());
  const text = decodeBody(sent, response.headers['content-encoding']).toString();
  return { headers: response.headers, sent, text, body: withoutTimes(JSON.parse(text)) };
}

function withoutTimes({ duration_ms: _, id: __, parameters: ___, ...rest }: Json): Json {
  return rest;
}

for (const [path, make] of Object.entries(ROUTES)) {
  test(`${path}: a compressed response holds what the response as it is does`, async () => {
    const plain = await post(path, make(20_000));
    const gzipped = await post(path, make(20_000), 'gzip');
    assert.equal(gzipped.headers['content-encoding'], 'gzip');
    assert.ok(gzipped.sent.length < 0.7 * plain.sent.length, `${gzipped.sent.length} of ${plain.sent.length}`);
    assert.deepEqual(gzipped.body, plain.body);
    await allReleased(url);
  });
}

test('fetch decompresses, without being asked', async () => {
  const response = await fetch(`${url}/v1/focal-loss`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(batch(20_000)),
  });
  assert.equal(response.headers.get('content-encoding'), 'gzip');
  assert.deepEqual(withoutTimes(await response.json()), (await post('/v1/focal-loss', batch(20_000))).body);
});

test('20 large batches at a time, of different sizes, are right and release their memory', async () => {
  const sizes = Array.from({ length: 20 }, (_, i) => 40_000 + 1000 * i);
  const responses = await Promise.all(sizes.map((size) => post('/v1/focal-loss', batch(size), 'zstd, gzip')));
  for (const [i, response] of responses.entries()) {
    assert.ok(response.headers['content-encoding']);
    assert.deepEqual(response.body, (await post('/v1/focal-loss', batch(sizes[i]!))).body);
  }
  await allReleased(url);
});

test('a client that disconnects within a compressed response releases its memory', async () => {
  const { hostname, port } = new URL(url);
  const text = JSON.stringify(batch(1_500_000));
  for (const bytes of [1, 100_000]) {
    const socket = connect(Number(port), hostname);
    socket.write(
      `POST /v1/focal-loss HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\naccept-encoding: gzip\r\ncontent-length: ${text.length}\r\n\r\n${text}`,
    );
    for (let read = 0; read < bytes; read += (await once(socket, 'data'))[0].length);
    socket.pause();
    assert.ok((await memoryOf(url)).inUse > 10_000_000);
    socket.destroy();
    await allReleased(url);
  }
  assert.equal((await post('/v1/focal-loss', batch(20_000), 'gzip')).headers['content-encoding'], 'gzip');
});

test('a problem is never compressed', async () => {
  const { headers, body } = await post('/v1/focal-loss', { logits: [1], labels: [7] }, 'gzip');
  assert.deepEqual([headers['content-encoding'], headers.vary, body.status], [undefined, undefined, 422]);
});

test('metrics count the bytes of responses before compression', async () => {
  const total = async () =>
    (await scrape(url)).samples.get('focal_loss_response_body_bytes_total{response_type="application/json"}')!;
  const before = await total();
  const { sent, text } = await post('/v1/focal-loss', batch(20_000), 'gzip');
  assert.ok(sent.length < text.length);
  assert.equal((await total()) - before, Buffer.byteLength(text));
});

test('documents and metrics are compressed; files and their ETags stay as they are', async () => {
  for (const path of ['/docs', '/openapi.json', '/openapi.yaml', '/metrics']) {
    const response = await service.http.get(path).set('accept-encoding', 'gzip');
    assert.equal(response.headers['content-encoding'], 'gzip', path);
    assert.equal(response.headers.vary, 'Accept-Encoding');
  }
  for (const path of ['/', '/explorer/main.js', '/explorer/api-reference/main.js']) {
    const plain = await service.http.get(path).set('accept-encoding', 'identity');
    const asked = await service.http.get(path).set('accept-encoding', 'gzip');
    assert.equal(asked.headers['content-encoding'], undefined, path);
    assert.equal(asked.headers.etag, plain.headers.etag);
    assert.equal((await service.http.get(path).set('if-none-match', plain.headers.etag!)).status, 304);
  }
});
