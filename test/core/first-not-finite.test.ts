import assert from 'node:assert/strict';
import { test } from 'node:test';
import { firstNotFinite } from '../../src/core/first-not-finite.ts';

test('the first number that is infinite or NaN is found at any position', () => {
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

for (const [format, infinity, largest] of [
  ['F16', 0x7c00, 0x7bff],
  ['BF16', 0x7f80, 0x7f7f],
] as const) {
  test(`${format}: the first infinity or NaN is found at any position and alignment`, () => {
    for (const start of [0, 1, 2, 3]) {
      for (const length of [0, 1, 2, 3, 4, 5, 8, 9]) {
        const buffer = new Uint16Array(16).fill(infinity); // The numbers around `values` must not be read.
        const values = buffer.subarray(start, start + length).fill(largest);
        assert.equal(firstNotFinite(values, format), -1, `${start} ${length}`);
        for (let at = 0; at < length; at++) {
          for (const bits of [infinity, infinity | 0x8000, infinity | 1, 0xffff]) {
            values[at] = bits;
            assert.equal(firstNotFinite(values, format), at);
          }
          values[at] = largest | 0x8000;
        }
      }
    }
  });
}
