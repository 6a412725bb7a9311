import assert from 'node:assert/strict';
import { test } from 'node:test';
import { halfSteps } from '../../../../src/engine/backends/wasm/half-steps.ts';

test('2γ of all classes, where it is one integer up to 10', () => {
  const of = (...gammas: number[]) => halfSteps(Float64Array.from(gammas));
  assert.deepEqual([of(0), of(0.5), of(2, 2, 2), of(5)], [0, 1, 4, 10]);
  assert.deepEqual([of(5.5), of(0.25), of(2, 2, 2.5), of(2.5, 2)], [-1, -1, -1, -1]);
});
