import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { DATATYPES } from '../../../src/codecs/open-inference/inference-datatype.ts';
import { readInputs } from '../../../src/codecs/open-inference/inference-inputs.ts';
import { MODEL_METADATA } from '../../../src/codecs/open-inference/inference-model.ts';
import { inferenceRequestSchema } from '../../../src/codecs/open-inference/inference-schema.ts';
import type { RawTensor } from '../../../src/codecs/raw-tensor.ts';
import { unpooled } from '../../../src/core/allocator.ts';
import { ValidationIssues } from '../../../src/core/validation-issues.ts';
import { tensor } from '../../helpers/codecs/inference-tensors.ts';
import { type GivenTensor, inferenceBody } from '../../helpers/inference-body.ts';
import { encoded } from '../../helpers/tensor-file.ts';

const SEED = 20261123;
const NAMES = MODEL_METADATA.inputs.map(({ name }) => name);

function read(given: Record<string, GivenTensor>, nested = false) {
  const { body, jsonBytes } = inferenceBody(given);
  const request = inferenceRequestSchema.parse(JSON.parse(body.subarray(0, jsonBytes).toString()));
  if (nested) for (const input of request.inputs) input.data &&= nest(input.data as unknown[], input.shape);
  const issues = new ValidationIssues();
  const tensors = readInputs(request.inputs, body.subarray(jsonBytes), undefined, unpooled, issues);
  issues.throwIfAny();
  return tensors;
}

/** Nests the values in rows; an axis of size 0 has nothing to nest. */
function nest(values: unknown[], [size = 0, ...inner]: readonly number[]): unknown[] {
  if (inner.length === 0 || values.length === 0) return values;
  const step = values.length / size;
  return Array.from({ length: size }, (_, i) => nest(values.slice(i * step, (i + 1) * step), inner));
}

test('inputs are read as they were written: every datatype and shape, binary data, flat and nested JSON, in any mix', () => {
  fc.assert(
    fc.property(fc.array(tensor, { minLength: 1, maxLength: NAMES.length }), fc.boolean(), (tensors, nested) => {
      const given = Object.fromEntries(tensors.map((each, i) => [NAMES[i]!, each]));
      const inputs = read(given, nested);
      assert.deepEqual([...inputs.keys()], Object.keys(given));
      for (const [name, { datatype, shape, values, binary }] of Object.entries(given)) {
        const { dtype, shape: readShape, bytes } = inputs.get(name) as RawTensor;
        assert.deepEqual([dtype, readShape], [DATATYPES[datatype], shape]);
        // JSON.stringify writes −0 as 0.
        const expected = encoded(dtype, binary ? values : values.map((value) => value || 0));
        assert.ok(expected.equals(bytes), `${name}: ${datatype} ${values}`);
      }
    }),
    { numRuns: 4000, seed: SEED },
  );
});

test('integers in JSON that a datatype cannot hold are rejected, and its smallest and largest are read', () => {
  for (const [datatype, least, most] of [
    ['BOOL', 0, 1],
    ['UINT8', 0, 255],
    ['UINT16', 0, 65_535],
    ['UINT32', 0, 2 ** 32 - 1],
    ['UINT64', 0, 2 ** 53 - 1],
    ['INT8', -128, 127],
    ['INT16', -32_768, 32_767],
    ['INT32', -(2 ** 31), 2 ** 31 - 1],
    ['INT64', 1 - 2 ** 53, 2 ** 53 - 1],
  ] as const) {
    const labels = (...values: number[]) => ({ labels: { datatype, shape: [values.length], values, binary: false } });
    assert.equal(read(labels(least, most)).size, 1);
    assert.throws(() => read(labels(0, least - 1)), /labels\/1: expected/);
    assert.throws(() => read(labels(most + 1)), /labels\/0: expected/);
    assert.throws(() => read(labels(0.5)), /labels\/0: expected/);
  }
});
