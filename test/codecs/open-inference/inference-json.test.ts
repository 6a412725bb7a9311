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
    '{"inputs": [{"data": [1, 2], "data": [3, 4]}]}',
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
  const text = `{"inputs": [${new Array(100_000).fill('{"data":[1]}').join()}]}`;
  assert.equal((parse(text) as { inputs: unknown[] }).inputs.length, 100_000);
});

test('errors in the text are those of JSON.parse', () => {
  for (const text of ['{"inputs": [{"data": [1, 2]}', '{"inputs": [{"data": [1, 2]]}', '{"data": "', '{"data"']) {
    assert.throws(() => parse(text), { code: 'malformed_body', message: /^The body is not JSON: / });
  }
});
