import assert from 'node:assert/strict';
import { once } from 'node:events';
import { request } from 'node:http';
import { connect } from 'node:net';
import { test } from 'node:test';
import { deflateSync, gzipSync } from 'node:zlib';
import { type Json, startTestService } from '../helpers/service.ts';
import { tensorFile } from '../helpers/tensor-file.ts';

// Bodies with and without a length, compressed, truncated and too long.

const MAX_BYTES = 100_000;
const service = await startTestService('--max-body-bytes', `${MAX_BYTES}`, '--max-json-bytes', '20000');

const SAMPLES = 16_000;
const file = (samples = SAMPLES) =>
  tensorFile(
    {
      logits: { dtype: 'F32', shape: [samples], values: Array.from({ length: samples }, (_, i) => Math.sin(i) * 5) },
      labels: { dtype: 'U8', shape: [samples], values: Array.from({ length: samples }, (_, i) => i % 2) },
    },
    { outputs: '["loss"]' },
  );
const json = Buffer.from(JSON.stringify({ logits: [1, -1], labels: [1, 0] }));

interface Reply {
  readonly status: number;
  readonly body: Json;
}

/** Sends pieces one after another; without a Content-Length they go out chunked. */
function send(headers: Record<string, string>, pieces: readonly Buffer[]): Promise<Reply> {
  return new Promise((resolve, reject) => {
    const { hostname, port } = new URL(service.url);
    const outgoing = request({ hostname, port, path: '/v1/focal-loss', method: 'POST', headers }, async (response) => {
      const chunks: Buffer[] = await response.toArray();
      resolve({ status: response.statusCode!, body: JSON.parse(Buffer.concat(chunks).toString()) });
    });
    outgoing.on('error', reject);
    for (const piece of pieces) outgoing.write(piece);
    outgoing.end();
  });
}

const TYPES = { 'content-type': 'application/vnd.safetensors', accept: 'application/json' };
const JSON_TYPES = { 'content-type': 'application/json' };

const inPieces = (bytes: Buffer, size: number) =>
  Array.from({ length: Math.ceil(bytes.length / size) }, (_, i) => bytes.subarray(i * size, (i + 1) * size));

const { loss } = (await send({ ...TYPES, 'content-length': `${file().length}` }, [file()])).body;

test('a body without a Content-Length is read from chunks of any size', async () => {
  assert.ok(file().length > 65_536 && file().length < MAX_BYTES);
  for (const size of [1009, 4096, 60_000]) {
    const { status, body } = await send(TYPES, inPieces(file(), size));
    assert.deepEqual([status, body.loss], [200, loss]);
  }
});

test('bodies in gzip and deflate are decompressed', async () => {
  const encodings = { gzip: gzipSync, 'x-gzip': gzipSync, deflate: deflateSync, identity: (bytes: Buffer) => bytes };
  for (const [encoding, encode] of Object.entries(encodings)) {
    const headers = { ...TYPES, 'content-encoding': encoding };
    const encoded = encode(file());
    assert.equal((await send(headers, inPieces(encoded, 5000))).body.loss, loss);
    assert.equal((await send({ ...headers, 'content-length': `${encoded.length}` }, [encoded])).body.loss, loss);
    const small = await send({ ...JSON_TYPES, 'content-encoding': encoding }, [encode(json)]);
    assert.equal(small.status, 200);
  }
});

test('a body that can not be decompressed is rejected', async () => {
  const gzip = { ...TYPES, 'content-encoding': 'gzip' };
  const cases: [Record<string, string>, Buffer, number, RegExp][] = [
    [gzip, file(), 400, /could not be read: incorrect header check/],
    [gzip, gzipSync(file()).subarray(0, -9), 400, /could not be read: unexpected end of file/],
    [
      { ...TYPES, 'content-encoding': 'br' },
      file(),
      415,
      /expected the Content-Encoding gzip or deflate (or zstd )?or none, got br/,
    ],
  ];
  for (const [headers, bytes, status, expected] of cases) {
    const reply = await send(headers, [bytes]);
    assert.equal(reply.status, status);
    assert.match(reply.body.detail, expected);
  }
});

test('a body beyond the limit is rejected, even if it is compressed or has no Content-Length', async () => {
  const large = file(SAMPLES * 3);
  const bomb = gzipSync(Buffer.alloc(50_000_000));
  assert.ok(bomb.length < MAX_BYTES);
  const cases: [Record<string, string>, Buffer[], string][] = [
    [{ ...TYPES, 'content-length': `${large.length}` }, [large], `${large.length}`],
    [TYPES, inPieces(large, 4096), 'more'],
    [{ ...TYPES, 'content-encoding': 'gzip' }, [bomb], 'more'],
  ];
  for (const [headers, pieces, got] of cases) {
    const { status, body } = await send(headers, pieces);
    const cure = '; raise MAX_BODY_BYTES, or send the batch in parts, whose sums add up';
    assert.deepEqual([status, body.detail], [413, `expected a body of at most ${MAX_BYTES} bytes, got ${got}${cure}`]);
  }
  const text = Buffer.from(`{"logits": [1${' '.repeat(20_000)}], "labels": [1]}`);
  assert.equal(
    (await send(JSON_TYPES, [text])).body.detail,
    'expected a body of at most 20000 bytes, got more; raise MAX_JSON_BYTES, or send a safetensors file ' +
      '(Content-Type: application/vnd.safetensors) or npz file (application/x-npz), which is a fraction as long and may have MAX_BODY_BYTES',
  );
});

test('a connection stays usable after too large a body', async () => {
  const { hostname, port } = new URL(service.url);
  const socket = connect(Number(port), hostname);
  const large = Buffer.alloc(MAX_BYTES + 1);
  const head = (length: number) =>
    `POST /v1/focal-loss HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: ${length}\r\n\r\n`;
  socket.write(Buffer.concat([Buffer.from(head(large.length)), large, Buffer.from(head(json.length)), json]));
  let text = '';
  while (!/ 200 OK[\s\S]*"duration_ms"/.test(text)) text += (await once(socket, 'data'))[0];
  assert.match(text, /^HTTP\/1\.1 413 /);
  socket.destroy();
});

test('a client that disconnects within a body does not affect others', async () => {
  const { hostname, port } = new URL(service.url);
  for (let i = 0; i < 50; i++) {
    const socket = connect(Number(port), hostname);
    socket.write(
      `POST /v1/focal-loss HTTP/1.1\r\nhost: x\r\ncontent-type: application/octet-stream\r\ncontent-length: 90000\r\n\r\n${'x'.repeat(i * 1000)}`,
    );
    await once(socket, 'connect');
    socket.destroy();
    await once(socket, 'close');
  }
  assert.equal((await send(JSON_TYPES, [json])).status, 200);
});
