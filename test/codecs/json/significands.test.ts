import assert from 'node:assert/strict';
import { test } from 'node:test';
import { significands } from '../../../src/codecs/json/significands.ts';

test('a significand times its power of two is the power of ten, with an error of less than one unit', () => {
  const min = -327;
  const words = significands(min, 55);
  for (let i = 0; i < words.length / 2; i++) {
    const e = min + i;
    const significand = (words[2 * i + 1]! << 64n) + words[2 * i]!;
    assert.equal(significand >> 127n, 1n, `10^${e} has 128 bits`);
    const exponent = BigInt(Math.floor(e * Math.log2(10)) - 127);
    if (e >= 0) {
      const power = 10n ** BigInt(e);
      assert.equal(exponent < 0n ? significand : significand << exponent, exponent < 0n ? power << -exponent : power);
      continue;
    }
    // 10^e 2^−exponent as a fraction. The significand is this rounded down, or up from 10^-27 on.
    const numerator = 1n << -exponent;
    const denominator = 10n ** BigInt(-e);
    const below = e >= -27 ? significand - 1n : significand;
    assert.ok(below * denominator < numerator && numerator < (below + 1n) * denominator, `10^${e}`);
  }
});
