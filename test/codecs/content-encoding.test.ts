import assert from 'node:assert/strict';
import { test } from 'node:test';
import zlib from 'node:zlib';
import { READS_ZSTD } from '../../src/core/zstd.ts';
import { zstdCompressSync } from '../helpers/http/decode-body.ts';
import { allReleased } from '../helpers/http/gated-service.ts';
import { send } from '../helpers/http/send.ts';
import { startTestService } from '../helpers/service.ts';
import { tensorFile } from '../helpers/tensor-file.ts';

// Request bodies in zstd, and what a Node that cannot read them responds.

const { url } = await startTestService('--max-body-bytes', '50000000');
const PATH = '/v1/focal-loss';
const FILE_TYPES = {
  'content-type': 'application/vnd.safetensors',
  accept: 'application/json',
  'content-encoding': 'zstd',
};
const JSON_TYPES = { 'content-type': 'application/json', 'content-encoding': 'zstd' };
const json = Buffer.from(JSON.stringify({ logits: [1, -1], labels: [1, 0], outputs: ['loss'] }));
const SAMPLES = 200_000;
const file = tensorFile(
  {
    logits: { dtype: 'F32', shape: [SAMPLES], values: Array.from({ length: SAMPLES }, (_, i) => Math.sin(i) * 5) },
    labels: { dtype: 'U8', shape: [SAMPLES], values: Array.from({ length: SAMPLES }, (_, i) => i % 2) },
  },
  { outputs: '["loss"]' },
);

test('a body in zstd is read, or rejected with the encodings that are', async () => {
  // Two samples as a frame without compression, so that this test needs no compressor.
  const { status, body } = await send(url, PATH, JSON_TYPES, rawFrame(json)).response;
  if (READS_ZSTD) return assert.equal(status, 200);
  const problem = JSON.parse(body.toString());
  assert.deepEqual([status, problem.code], [415, 'unsupported_media_type']);
  assert.equal(problem.detail, 'expected the Content-Encoding gzip or deflate or none, got zstd');
});

test('bodies in zstd', {
  skip: !READS_ZSTD && `Node ${process.version} does not read zstd, or not correctly; 24 does`,
}, async (t) => {
  const compress = zstdCompressSync!;
  const loss = async (bytes: Buffer) => {
    const { status, body } = await send(url, PATH, FILE_TYPES, bytes).response;
    assert.equal(status, 200, body.toString());
    return JSON.parse(body.toString()).loss;
  };
  const detail = async (headers: typeof JSON_TYPES, bytes: Buffer, expected: number) => {
    const { status, body } = await send(url, PATH, headers, bytes).response;
    assert.equal(status, expected, body.toString());
    return JSON.parse(body.toString()).detail;
  };
  const { 'content-encoding': _, ...plain } = FILE_TYPES;
  const expected = JSON.parse((await send(url, PATH, plain, file).response).body.toString()).loss;

  await t.test('give the same results, in one frame or several', async () => {
    assert.equal(await loss(compress(file)), expected);
    const frames = [file.subarray(0, 300_000), file.subarray(300_000, 300_001), file.subarray(300_001)];
    assert.equal(await loss(Buffer.concat(frames.map((frame) => compress(frame)))), expected);
    const upload = send(url, PATH, FILE_TYPES);
    const bytes = compress(file);
    for (let i = 0; i < bytes.length; i += 5000) upload.outgoing.write(bytes.subarray(i, i + 5000));
    upload.outgoing.end();
    assert.equal(JSON.parse((await upload.response).body.toString()).loss, expected);
    await allReleased(url);
  });

  await t.test('are rejected if they are truncated or something else', async () => {
    for (const bytes of [compress(file).subarray(0, -1), compress(json).subarray(0, -9), Buffer.alloc(0)]) {
      assert.match(await detail(FILE_TYPES, bytes, 400), /could not be read: unexpected end of file/);
    }
    assert.match(await detail(JSON_TYPES, json, 400), /could not be read: Unknown frame descriptor/);
    await allReleased(url);
  });

  await t.test('are rejected if they need a window of more than 8 MiB', async () => {
    const spaces = Buffer.concat([Buffer.alloc(30_000_000, ' '), json]);
    const { ZSTD_c_windowLog, ZSTD_c_contentSizeFlag } = zlib.constants as unknown as Record<string, number>;
    const withWindow = (log: number) => {
      const params = { [ZSTD_c_windowLog!]: log, [ZSTD_c_contentSizeFlag!]: 0 };
      return (compress as (bytes: Buffer, options: object) => Buffer)(spaces, { params });
    };
    assert.equal((await send(url, PATH, JSON_TYPES, withWindow(23)).response).status, 200);
    assert.match(await detail(JSON_TYPES, withWindow(24), 400), /too much memory for decoding/);
    await allReleased(url);
  });

  await t.test('are limited after decompression, however little was sent', async () => {
    const bomb = compress(Buffer.alloc(2_000_000_000));
    assert.ok(bomb.length < 100_000);
    assert.match(await detail(FILE_TYPES, bomb, 413), /at most 50000000 bytes, got more/);
    await allReleased(url);
  });

  await t.test('may be many at a time, whose windows are those of few', async () => {
    const body = compress(Buffer.concat([Buffer.alloc(10_000_000, ' '), json]));
    const sent = Array.from({ length: 32 }, () => send(url, PATH, JSON_TYPES, body).response);
    for (const { status } of await Promise.all(sent)) assert.equal(status, 200);
    await allReleased(url);
  });
});

/** A zstd frame (RFC 8878) of one raw block, of a body of less than 256 bytes. */
function rawFrame(bytes: Buffer): Buffer {
  const header = (bytes.length << 3) | 1;
  const block = [header & 255, (header >> 8) & 255, header >> 16];
  return Buffer.concat([Buffer.from([0x28, 0xb5, 0x2f, 0xfd, 0x20, bytes.length, ...block]), bytes]);
}
