import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ScannedTensor } from '../../../src/codecs/json/scan-tensors.ts';
import { parseInferenceJson } from '../../../src/codecs/open-inference/inference-json.ts';
import { unpooled } from '../../../src/core/allocator.ts';

function parse(text: string) {
  return parseInferenceJson(Buffer.from(text), unpooled);
}

test('data is read from the text, flat and nested, anywhere in an input', () => {
  const text = `{"id": "\\"data\\": [1]", "inputs": [
    {"data": [1, -2.5, 1e3], "name": "logits", "shape": [3]},
    {"name": "data", "shape": [2, 2], "data" : [[0.1, 2], [3, 4]], "parameters": {"x": "data"}}]}`;
  const first = { data: new ScannedTensor([3], Float64Array.of(1, -2.5, 1000)), name: 'logits', shape: [3] };
  const second = {
    name: 'data',
    shape: [2, 2],
    data: new ScannedTensor([2, 2], Float64Array.of(0.1, 2, 3, 4)),
    parameters: { x: 'data' },
  };
  assert.deepEqual(parse(text), { id: '"data": [1]', inputs: [first, second] });
});

test('irregular text is parsed as a whole', () => {
  for (const text of [
    '{"inputs": [{"data": [true, false]}]}',
    '{"inputs": [{"data": [1, 2], "x": {"data": [3]}}]}',
    '{"inputs": [{"data": null}, {"data": [1]}]}',
    '{"inputs": [{"data": 7}, {"data": [1]}]}',
    '{"inputs": [{"data": [1e300]}]}',
    '{"inputs": [{"data": [[1], [2, 3]]}]}',
    '{"inputs": [{"data": []}]}',
    '{"inputs": [{"d\\u0061ta": [1]}]}',
    '{"inputs": {"data": [1]}}',
    '{"parameters": {"data": [1]}, "inputs": []}',
    '[{"data": [1]}]',
    'null',
  ]) {
    assert.deepEqual(parse(text), JSON.parse(text), text);
  }
});

test('the time for a body of many small arrays is in proportion to its text', () => {
  const inputs = (count: number) => `{"inputs": [${new Array(count).fill('{"data":[1]}').join()}]}`;
  assert.equal((parse(inputs(2000)) as { inputs: unknown[] }).inputs.length, 2000);
  const start = performance.now();
  assert.throws(() => parse(inputs(1_000_000)), /expected members at most 2048/);
  assert.ok(performance.now() - start < 1000, `${performance.now() - start} ms`);
});

test('a name that an object has twice is rejected', () => {
  for (const [text, name] of [
    ['{"inputs": [{"data": [1, 2], "data": [3, 4]}]}', 'data'],
    ['{"inputs": [{"data": [1, 2], "d\\u0061ta": [3, 4]}]}', 'data'],
    ['{"inputs": [{"name": "logits", "data": [1], "name": "labels"}]}', 'name'],
    ['{"inputs": [], "parameters": {"gamma": 1, "gamma": 2}}', 'gamma'],
    ['{"inputs": [], "inputs": []}', 'inputs'],
  ] as const) {
    const message = `The body is not read: expected each name once in an object, got "${name}" twice`;
    assert.throws(() => parse(text), { code: 'malformed_body', message });
  }
});

test('errors in the text are those of JSON.parse', () => {
  for (const text of ['{"inputs": [{"data": [1, 2]}', '{"inputs": [{"data": [1, 2]]}', '{"data": "', '{"data"']) {
    assert.throws(() => parse(text), { code: 'malformed_body', message: /^The body is not JSON: / });
  }
});
