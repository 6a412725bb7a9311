import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import type { RawTensor } from '../../src/codecs/raw-tensor.ts';
import { safetensorsCodec } from '../../src/codecs/safetensors/safetensors-codec.ts';
import { safetensorsHeaderBytes, writeSafetensorsHeader } from '../../src/codecs/safetensors/safetensors-header.ts';
import { type BufferLease, unpooledLease } from '../../src/core/buffer-lease.ts';
import { Cancellation } from '../../src/core/cancellation.ts';
import { ServiceError } from '../../src/core/service-error.ts';
import { EarlyReader } from '../../src/http/early-reader.ts';
import { startCodecPool } from '../helpers/codecs/start-codec-pool.ts';
import { createTestBuffers } from '../helpers/core/create-test-buffers.ts';

const SHAPE = [4000, 80];
const LOGITS_BYTES = 4 * 4000 * 80;
const pool = startCodecPool(1);
after(() => pool.close());
const expected = { requestCodec: safetensorsCodec, jsonBytes: 0 };

/** A file with soft labels, logits last, of which only what comes before the logits has arrived. */
function arrivingFile(lease: BufferLease, label = 0.25) {
  const file = tensorFile([
    { name: 'labels', dtype: 'F32', shape: SHAPE, bytes: floats(() => label) },
    { name: 'logits', dtype: 'F32', shape: SHAPE, bytes: floats((i) => i % 7) },
  ]);
  const start = file.length - LOGITS_BYTES;
  const bytes = lease.bytes(file.length);
  bytes.set(file.subarray(0, start));
  return { bytes, start, arrive: () => bytes.set(file.subarray(start), start) };
}

function tensorFile(tensors: readonly (RawTensor & { readonly name: string })[]): Buffer {
  const header = Buffer.alloc(safetensorsHeaderBytes(tensors, 2));
  writeSafetensorsHeader(header, tensors, {});
  return Buffer.concat([header, ...tensors.map(({ bytes }) => bytes)]);
}

function floats(numberAt: (index: number) => number): Buffer {
  return Buffer.from(Float32Array.from({ length: LOGITS_BYTES / 4 }, (_, i) => numberAt(i)).buffer);
}

function read(reader: EarlyReader, bytes: Uint8Array, lease: BufferLease) {
  const body = { bytes, encoding: undefined, limit: bytes.length, jsonBytes: 0 };
  return reader.read(safetensorsCodec, body, lease, new Cancellation());
}

test('a batch is read while its logits arrive, which it views', async () => {
  const lease = unpooledLease();
  const { bytes, start, arrive } = arrivingFile(lease);
  const reader = new EarlyReader(pool, expected, lease);
  reader.onArrival(bytes, start);
  const reading = read(reader, bytes, lease);
  const { batch } = await reading;
  assert.equal(batch.counts.positives, 0);
  assert.ok(batch.predictions instanceof Float32Array);
  assert.equal(batch.predictions.at(-1), 0);
  arrive();
  assert.equal(batch.predictions.at(-1), (LOGITS_BYTES / 4 - 1) % 7);
  assert.equal(read(reader, bytes, lease), reading, 'it is read once');
});

test('a batch of which all has arrived, and one that would have to wait for a thread, is read when it is asked for', async () => {
  const lease = unpooledLease();
  const { bytes, start } = arrivingFile(lease);
  const whole = new EarlyReader(pool, expected, lease);
  whole.onArrival(bytes, bytes.length);
  const reads = [read(whole, bytes, lease), read(whole, bytes, lease)];
  assert.notEqual(reads[0], reads[1]);
  const busy = new EarlyReader(pool, expected, lease); // The only thread is, with the first of them.
  busy.onArrival(bytes, start);
  const later = [read(busy, bytes, lease), read(busy, bytes, lease)];
  assert.notEqual(later[0], later[1]);
  await Promise.all([...reads, ...later]);
});

test('class indices are read at once, and only once', async () => {
  const lease = unpooledLease();
  const file = tensorFile([
    { name: 'labels', dtype: 'I32', shape: [4000], bytes: Buffer.alloc(16_000, 1) },
    { name: 'logits', dtype: 'F32', shape: SHAPE, bytes: Buffer.alloc(LOGITS_BYTES) },
  ]);
  for (const label of [1, 80]) {
    new Int32Array(file.buffer, file.byteOffset + file.length - LOGITS_BYTES - 16_000, 4000).fill(label);
    const bytes = lease.bytes(file.length);
    bytes.set(file);
    const reader = new EarlyReader(pool, expected, lease);
    reader.onArrival(bytes, file.length - LOGITS_BYTES);
    const request = read(reader, bytes, lease);
    assert.equal(read(reader, bytes, lease), request);
    if (label === 80) await assert.rejects(async () => request, { code: 'invalid_request' });
    else assert.ok(!(request instanceof Promise));
  }
});

test('labels that are wrong are reported, and read only once', async () => {
  const lease = unpooledLease();
  const { bytes, start } = arrivingFile(lease, 1.5);
  const reader = new EarlyReader(pool, expected, lease);
  reader.onArrival(bytes, start);
  const reading = read(reader, bytes, lease);
  await assert.rejects(async () => reading, { code: 'invalid_request' });
  assert.equal(read(reader, bytes, lease), reading);
});

test('a batch for which there was no memory is read once more', async () => {
  const lease = createTestBuffers(2 ** 23).lease();
  const { bytes, start } = arrivingFile(lease);
  const reader = new EarlyReader(pool, expected, lease);
  const acquire = lease.bytes.bind(lease);
  lease.bytes = () => {
    throw new ServiceError('memory_exhausted', 'none');
  };
  reader.onArrival(bytes, start);
  await new Promise((resolve) => setImmediate(resolve));
  lease.bytes = acquire;
  const { batch } = await read(reader, bytes, lease);
  assert.equal(batch.layout.classes, 80);
  lease.release();
});

test('memory is the reader’s until the batch has been read, also if the request has ended', async () => {
  const buffers = createTestBuffers(2 ** 24);
  const lease = buffers.lease();
  const { bytes, start } = arrivingFile(lease);
  const reader = new EarlyReader(pool, expected, lease);
  reader.onArrival(bytes, start);
  const reading = read(reader, bytes, lease);
  lease.release();
  assert.ok(buffers.usage.inUse > 0);
  await reading;
  await new Promise((resolve) => setImmediate(resolve));
  assert.equal(buffers.usage.inUse, 0);
});
