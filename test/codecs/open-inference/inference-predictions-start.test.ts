import assert from 'node:assert/strict';
import { test } from 'node:test';
import { MODEL_METADATA } from '../../../src/codecs/open-inference/inference-model.ts';
import { predictionsStart } from '../../../src/codecs/open-inference/inference-predictions-start.ts';

const LOGITS = { name: 'logits', datatype: 'FP32', shape: [4], parameters: { binary_data_size: 16 } };
const LABELS = { name: 'labels', datatype: 'INT32', shape: [4], parameters: { binary_data_size: 16 } };
const BYTE = { name: 'gamma', datatype: 'UINT8', shape: [1], parameters: { binary_data_size: 1 } };
const IN_JSON = { name: 'gamma', datatype: 'FP64', shape: [1], data: [2] };

interface Case {
  readonly inputs: unknown;
  readonly rest?: object;
  /** Behind the JSON. */
  readonly binary?: number;
  /** How many bytes have not arrived. */
  readonly missing?: number;
}

/** @returns where the logits begin behind the JSON */
function startOf({ inputs, rest, binary = 32, missing = 10 }: Case): number | undefined {
  const json = Buffer.from(JSON.stringify({ inputs, ...rest }));
  const jsonBytes = json.length;
  // The service places the binary data at a multiple of 8.
  const memory = new Uint8Array(jsonBytes + binary + 8);
  const bytes = memory.subarray(8 - (jsonBytes % 8)).subarray(0, jsonBytes + binary);
  bytes.set(json);
  const start = predictionsStart({ bytes, jsonBytes }, bytes.length - missing);
  return start === undefined ? undefined : start - jsonBytes;
}

test('the logits begin behind all other binary data', () => {
  assert.equal(startOf({ inputs: [LABELS, LOGITS] }), 16);
  assert.equal(startOf({ inputs: [LABELS, LOGITS, IN_JSON] }), 16);
  assert.equal(startOf({ inputs: [{ ...LABELS, parameters: {}, data: [0, 1, 0, 1] }, LOGITS], binary: 16 }), 0);
  assert.equal(startOf({ inputs: [LABELS, BYTE, { ...LOGITS, datatype: 'FP16', shape: [8] }], binary: 33 }), undefined);
});

test('batches are read when all of them is there if the logits are not the last, or not aligned', () => {
  assert.equal(startOf({ inputs: [LOGITS, LABELS] }), undefined);
  assert.equal(startOf({ inputs: [LABELS, BYTE, LOGITS], binary: 33 }), undefined);
  assert.equal(startOf({ inputs: [LABELS, { ...LOGITS, datatype: 'INT32' }] }), undefined); // They are converted.
  assert.equal(startOf({ inputs: [LABELS, { ...LOGITS, parameters: {}, data: [1, 2, 3, 4] }], binary: 16 }), undefined);
});

test('if their binary data is not as long as they say, or their JSON is long or has not arrived', () => {
  assert.equal(startOf({ inputs: [LABELS, LOGITS], binary: 33 }), undefined);
  assert.equal(startOf({ inputs: [LABELS, LOGITS], missing: 33 }), undefined);
  assert.equal(startOf({ inputs: [LABELS, LOGITS], rest: { parameters: { text: 'x'.repeat(20_000) } } }), undefined);
});

test('and if they name a region of shared memory', () => {
  const region = { shared_memory_region: 'r', shared_memory_byte_size: 16 };
  assert.equal(startOf({ inputs: [{ ...LABELS, parameters: region }, LOGITS], binary: 16 }), undefined);
  assert.equal(
    startOf({ inputs: [LABELS, LOGITS], rest: { outputs: [{ name: 'gradients', parameters: region }] } }),
    undefined,
  );
});

test('what is malformed is an error', () => {
  for (const inputs of [
    undefined,
    {},
    [null],
    [{ ...LOGITS, datatype: 'X' }],
    new Array(MODEL_METADATA.inputs.length + 1).fill(LOGITS),
  ]) {
    assert.throws(() => startOf({ inputs }), { name: 'ServiceError' });
  }
});
