import assert from 'node:assert/strict';
import { test } from 'node:test';
import { openInferenceCodec } from '../../../src/codecs/open-inference/open-inference-codec.ts';
import {
  type InferenceHeader,
  RecentRequests,
  recentRequests,
} from '../../../src/codecs/open-inference/recent-requests.ts';
import { unpooled } from '../../../src/core/allocator.ts';
import type { Region } from '../../../src/core/shared-memory/region.ts';
import { deepFreeze } from '../../helpers/deep-freeze.ts';
import { inferenceBody } from '../../helpers/inference-body.ts';

const logits = (...values: number[]) => ({ datatype: 'FP32', shape: [values.length], values, binary: true }) as const;
const labels = (...values: number[]) => ({ datatype: 'INT32', shape: [values.length], values, binary: true }) as const;
const PARAMETERS = { gamma: '[1.5]', alpha: '{"balanced":true}', class_names: '["a"]', timeout: 5e6 };
const OUTPUTS = [{ name: 'alpha' }, { name: 'gradients', parameters: { binary_data: true } }];

const bodyOf = (x: number, y: number) =>
  inferenceBody({ logits: logits(x, 2), labels: labels(y, 1) }, { id: 'i', outputs: OUTPUTS, parameters: PARAMETERS });

function read({ body, jsonBytes }: ReturnType<typeof inferenceBody>) {
  return openInferenceCodec.read({ bytes: body, jsonBytes }, unpooled);
}

function headerOf({ body, jsonBytes }: ReturnType<typeof inferenceBody>): InferenceHeader | undefined {
  return recentRequests.find(body.subarray(0, jsonBytes));
}

test('JSON that was read is not parsed again, and its tensors are read anew', () => {
  const first = read(bodyOf(0.5, 0));
  const header = headerOf(bodyOf(0, 0));
  assert.ok(header);
  deepFreeze(header);
  assert.deepEqual([header.fields.logits, header.fields.labels], [undefined, undefined]);
  const second = read(bodyOf(-3, 1));
  assert.equal(headerOf(bodyOf(0, 0)), header);
  assert.deepEqual(Array.from(second.batch.predictions as Float32Array), [-3, 2]);
  assert.deepEqual([first.batch.counts.positives, second.batch.counts.positives], [1, 2]);
  const parts = ({ batch, ...rest }: typeof first) => ({ ...rest, gamma: batch.gamma, names: batch.classNames });
  assert.deepEqual(parts(second), parts(first));
  assert.deepEqual([second.id, second.timeoutMs], ['i', 5000]);
});

test('a tensor that is a parameter is there in each request', () => {
  const body = inferenceBody({ logits: logits(0.5, 2) }, { parameters: { labels: '[0,1]', sample_weights: '[1,3]' } });
  const parts = ({ batch }: ReturnType<typeof read>) => [batch.counts, batch.labels, batch.sampleWeights];
  const first = parts(read(body));
  assert.ok(headerOf(body));
  assert.deepEqual(parts(read(body)), first);
});

test('a region is looked up in each request', () => {
  const region = (name: string, size: number) => ({ shared_memory_region: name, shared_memory_byte_size: size });
  const inputs = [
    { name: 'logits', datatype: 'FP32', shape: [2], parameters: region('r', 8) },
    { name: 'labels', datatype: 'INT32', shape: [2], parameters: { binary_data_size: 8 } },
  ];
  const json = Buffer.from(JSON.stringify({ inputs }));
  const body = { bytes: Buffer.concat([json, Buffer.alloc(8)]), jsonBytes: json.length };
  const table = (inode: number) =>
    new Map<string, Region>([['r', { name: 'r', key: 'k', offset: 0, byteSize: 8, fd: -1, inode }]]);
  const inodeOf = (inode: number) => {
    const { batch } = openInferenceCodec.read({ ...body, regions: table(inode) }, unpooled);
    return (batch.predictions as unknown as Region).inode;
  };
  assert.deepEqual([inodeOf(1), inodeOf(2)], [1, 2]);
  assert.ok(recentRequests.find(json));
  assert.deepEqual(openInferenceCodec.namedRegions!(json), { names: ['r'], bytesToCheck: 0 });
  assert.throws(() => openInferenceCodec.read({ ...body, regions: new Map() }, unpooled), /Unable to find/);
  assert.throws(() => openInferenceCodec.read(body, unpooled), /SHARED_MEMORY=on/);
});

test('what is invalid is not kept, nor is what has numbers in its JSON or is long', () => {
  const invalid = inferenceBody({ logits: logits(1), labels: labels(9) }, { id: 'invalid' });
  for (let i = 0; i < 2; i++) assert.throws(() => read(invalid));
  const unknown = inferenceBody({ logits: logits(1), labels: labels(1) }, { parameters: { gama: 1 } });
  for (let i = 0; i < 2; i++) assert.throws(() => read(unknown), /gamma/);
  const numbers = inferenceBody({ logits: { ...logits(1), binary: false }, labels: labels(1) });
  const long = inferenceBody({ logits: logits(1), labels: labels(1) }, { parameters: { headers: 'h'.repeat(8192) } });
  for (const body of [numbers, long]) read(body);
  for (const body of [invalid, unknown, numbers, long]) assert.equal(headerOf(body), undefined);
});

test('the last eight are kept', () => {
  const recent = new RecentRequests();
  const header = read(bodyOf(1, 1)) && headerOf(bodyOf(1, 1))!;
  const json = (i: number) => Buffer.from(`request ${i}`);
  for (let i = 0; i < 8; i++) recent.add(json(i), { ...header, outputs: [] });
  const oldest = recent.find(json(0));
  assert.ok(oldest);
  recent.add(json(8), { ...header, outputs: ['loss'] });
  assert.equal(recent.find(json(0)), oldest);
  assert.equal(recent.find(json(1)), undefined);
  assert.deepEqual(recent.find(json(8))?.outputs, ['loss']);
});

test('the bytes are copied', () => {
  const recent = new RecentRequests();
  const body = bodyOf(1, 1);
  read(body);
  const json = Buffer.from('request');
  recent.add(json, headerOf(body)!);
  json.fill(0);
  assert.equal(recent.find(json), undefined);
});
