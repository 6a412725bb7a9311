import assert from 'node:assert/strict';
import { test } from 'node:test';
import { hasMagnitude } from '../../src/loss/warnings/has-magnitude.ts';

test('a value reaches a magnitude with either sign, and none does below it', () => {
  const below = Math.fround(20 - 2 ** -19);
  for (const beyond of [20, -20, 21.5, -3e38, Number.NEGATIVE_INFINITY, Number.NaN]) {
    assert.equal(hasMagnitude(Float32Array.of(0, beyond, 1), 20), true, `${beyond}`);
  }
  for (const within of [below, -below, 0, -0, 1e-45, -15.9]) {
    assert.equal(hasMagnitude(Float32Array.of(within, -within), 20), false, `${within}`);
  }
  assert.equal(hasMagnitude(new Float32Array(0), 20), false);
  assert.equal(hasMagnitude(Float32Array.of(30, 1, 2).subarray(1), 20), false);
});
