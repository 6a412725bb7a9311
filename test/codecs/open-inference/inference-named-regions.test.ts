import assert from 'node:assert/strict';
import { test } from 'node:test';
import { namedRegions } from '../../../src/codecs/open-inference/inference-named-regions.ts';

const count = (text: string) => namedRegions(Buffer.from(text)).bytesToCheck;
const names = (text: string) => namedRegions(Buffer.from(text)).names;
const input = (name: string, size: unknown, datatype = 'FP32') => ({
  name,
  datatype,
  parameters: { shared_memory_byte_size: size },
});
const request = (...inputs: unknown[]) => JSON.stringify({ inputs, outputs: [input('gradients', 1000)] });

test('the bytes of all inputs but predictions that are floats are counted', () => {
  assert.equal(count(request(input('logits', 1000), input('labels', 30), input('sample_weights', 7))), 37);
  assert.equal(count(request(input('logits', 1000, 'INT64'), input('labels', 30))), 1030);
  assert.equal(count(request(input('probabilities', 500), { name: 'labels', data: [1] })), 0);
  assert.equal(count(JSON.stringify({ inputs: [{ name: 'labels', data: [1] }] })), 0);
});

test('names are read as JSON reads them', () => {
  const text = request(input('labels', 30)).replaceAll('shared_memory', '\\u0073hared_memory');
  assert.deepEqual(JSON.parse(text), JSON.parse(request(input('labels', 30))));
  assert.equal(count(text), 30);
});

test('what is wrong counts for nothing, and never for less or without end', () => {
  assert.equal(count(request(input('labels', -5), input('labels', '7'), input('labels', null))), 0);
  assert.equal(count(request(input('labels', 1e300))), 2 ** 36);
  assert.equal(count('{"inputs":[{"name":"labels","parameters":{"shared_memory_byte_size":1e999}}]}'), 2 ** 36);
  for (const text of [
    '"shared_memory_byte_size"',
    '{"inputs":7,"shared_memory_byte_size":1}',
    '{"inputs":[null,{"shared_memory_byte_size":1}]}',
    '{"inputs":[{"shared_memory_byte_size":1',
    `{"shared_memory_byte_size":${'['.repeat(8000)}`,
  ]) {
    assert.equal(count(text), 0);
  }
});

test('the regions of inputs and outputs are named, in any spelling', () => {
  const inside = (region: unknown) => ({ name: 'x', parameters: { shared_memory_region: region } });
  const text = JSON.stringify({ inputs: [inside('a'), inside('b'), { name: 'labels' }], outputs: [inside('c')] });
  assert.deepEqual(names(text), ['a', 'b', 'c']);
  assert.deepEqual(names(text.replaceAll('_', '\\u005f').replace('"b"', '"\\u0062"')), ['a', 'b', 'c']);
  assert.deepEqual(names(JSON.stringify({ inputs: [inside(7), inside(null)], outputs: null })), []);
  assert.deepEqual(names(JSON.stringify({ inputs: [{ name: 'labels', data: [1] }] })), []);
  assert.equal(names('{"inputs":[{"shared_memory_region":'), undefined);
});
