import assert from 'node:assert/strict';
import { test } from 'node:test';
import { LARGE_LOGIT, replaceUncounted } from '../../src/loss/replace-uncounted.ts';
import { logitsBatch } from '../helpers/engine/batches.ts';

// Two samples of three classes, of which the second has weight 0.

const WEIGHTS = { sample_weights: { shape: [2], values: Float32Array.of(1, 0) } };
const { NaN: nan, POSITIVE_INFINITY: infinity } = Number;

for (const activation of ['sigmoid', 'softmax']) {
  const batch = logitsBatch([2, 3], new Array(6).fill(0), [2], [0, 1], WEIGHTS, { activation, outputs: ['loss'] });

  test(`${activation}: invalid logits without weight become large ones, NaN like −∞`, () => {
    const values = Float32Array.of(1, 2, 3, nan, infinity, -infinity);
    assert.equal(replaceUncounted(values, batch), true);
    assert.deepEqual([...values], [1, 2, 3, -LARGE_LOGIT, LARGE_LOGIT, -LARGE_LOGIT]);
  });

  test(`${activation}: an invalid logit that counts is left to be rejected, before others and after them`, () => {
    for (const values of [
      [nan, 2, 3, 4, 5, 6],
      [1, 2, infinity, nan, nan, nan],
    ]) {
      assert.equal(replaceUncounted(Float32Array.from(values), batch), false);
    }
  });

  test(`${activation}: the same along another axis`, () => {
    const transposed = logitsBatch([3, 2], new Array(6).fill(0), [2], [0, 1], WEIGHTS, {
      activation,
      class_axis: 0,
      outputs: ['loss'],
    });
    const values = Float32Array.of(1, nan, 2, infinity, 3, 4);
    assert.equal(replaceUncounted(values, transposed), true);
    assert.deepEqual([...values], [1, -LARGE_LOGIT, 2, LARGE_LOGIT, 3, 4]);
    assert.equal(replaceUncounted(Float32Array.of(1, nan, nan, 0, 3, 4), transposed), false);
  });
}

test('a batch in which all counts is not touched', () => {
  const batch = logitsBatch([2, 3], new Array(6).fill(0), [2], [0, 1], {}, { outputs: ['loss'] });
  const values = Float32Array.of(1, 2, 3, nan, 5, 6);
  assert.equal(replaceUncounted(values, batch), false);
  assert.deepEqual([...values], [1, 2, 3, nan, 5, 6]);
});
