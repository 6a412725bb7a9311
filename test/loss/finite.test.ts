import assert from 'node:assert/strict';
import { test } from 'node:test';
import { firstNotFinite } from '../../src/loss/finite.ts';

test('it finds the first number that is infinite or NaN, wherever it is', () => {
  for (const length of [1, 3, 4, 4095, 4096, 4097, 10_001]) {
    const values = Float32Array.from({ length }, (_, i) => (i % 2 ? 3.4028234663852886e38 : -1e-45));
    assert.equal(firstNotFinite(values), -1);
    for (const wrong of [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY]) {
      for (const at of [0, length >> 1, length - 1]) {
        const spoilt = values.slice();
        spoilt[at] = wrong;
        spoilt[length - 1] = wrong;
        assert.equal(firstNotFinite(spoilt), at);
      }
    }
  }
});
