import assert from 'node:assert/strict';
import { test } from 'node:test';
import { inferenceInputSchema } from '../../../src/codecs/open-inference/inference-schema.ts';

test('a shape has up to five axes of integers, and says which of the two it has not', () => {
  const issuesOf = (shape: unknown) =>
    inferenceInputSchema
      .safeParse({ name: 'logits', datatype: 'FP32', shape })
      .error?.issues.map(({ path, message }) => `${path.join('/')}: ${message}`);
  assert.equal(issuesOf([1, 2, 3, 4, 0]), undefined);
  assert.deepEqual(issuesOf([1, 2, 3, 4, 5, 6]), ['shape: expected at most 5 axes']);
  for (const shape of [[-1], [1.5], ['2'], [2 ** 53], 7, null, 'x'.repeat(9)]) {
    assert.deepEqual(issuesOf(shape), ['shape: expected an array of integers ≥ 0'], JSON.stringify(shape));
  }
});
