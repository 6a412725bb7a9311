import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { type Float16Format, LARGEST_FINITE, toFloat32 } from '../../src/core/float-format.ts';
import { toFloat16 } from '../harness/to-float16.ts';

// Every one of the 65 536 bit patterns is gone through, against what IEEE 754 says that they mean.

const ALL = Uint16Array.from({ length: 65_536 }, (_, bits) => bits);
const SHAPES = { F16: { exponentBits: 5, fractionBits: 10 }, BF16: { exponentBits: 8, fractionBits: 7 } };

for (const format of ['F16', 'BF16'] as const) {
  const values = toFloat32(ALL, format);

  test(`${format}: each bit pattern reads as the number it stands for`, () => {
    for (const bits of ALL) assert.ok(Object.is(values[bits], meaning(bits, format)), `${bits}: ${values[bits]}`);
  });

  test(`${format}: each number is written as the bit pattern that it was read from`, () => {
    const back = rounded(values, format);
    for (const bits of ALL) {
      if (Number.isNaN(values[bits]!)) assert.ok(Number.isNaN(meaning(back[bits]!, format)));
      else assert.equal(back[bits], bits);
    }
  });

  test(`${format}: numbers between two are rounded to the nearer one, from the middle to the even one`, () => {
    const { exponentBits, fractionBits } = SHAPES[format];
    const infinity = ((1 << exponentBits) - 1) << fractionBits;
    for (let bits = 0; bits < infinity - 1; bits++) {
      const [low, high] = [values[bits]!, values[bits + 1]!];
      const middle = Math.fround((low + high) / 2);
      if (middle !== (low + high) / 2 || middle === 0) continue; // Half of the smallest bfloat16 is still a float32.
      const even = bits % 2 === 0 ? bits : bits + 1;
      assert.deepEqual(
        [...rounded(Float32Array.of(below(middle), middle, above(middle)), format)],
        [bits, even, bits + 1],
      );
    }
  });

  test(`${format}: what is too large becomes infinite, and nothing else does`, () => {
    const largest = LARGEST_FINITE[format];
    fc.assert(
      fc.property(fc.float({ noNaN: true }), (x) => {
        const got = meaning(rounded(Float32Array.of(x), format)[0]!, format);
        if (Math.abs(x) <= largest) assert.ok(Number.isFinite(got));
        assert.ok(Object.is(Math.sign(got), Math.sign(x)) || got === 0);
      }),
      { seed: 4, numRuns: 5000 },
    );
    assert.equal(meaning(rounded(Float32Array.of(-3.4e38), format)[0]!, format), Number.NEGATIVE_INFINITY);
  });
}

function rounded(values: Float32Array, format: Float16Format): Uint16Array {
  const target = new Uint16Array(values.length);
  toFloat16(values, format, target);
  return target;
}

function meaning(bits: number, format: Float16Format): number {
  const { exponentBits, fractionBits } = SHAPES[format];
  const sign = bits >> 15 ? -1 : 1;
  const exponent = (bits >> fractionBits) & ((1 << exponentBits) - 1);
  const fraction = (bits & ((1 << fractionBits) - 1)) / 2 ** fractionBits;
  const bias = 2 ** (exponentBits - 1) - 1;
  if (exponent === 2 ** exponentBits - 1) return fraction === 0 ? sign * Number.POSITIVE_INFINITY : Number.NaN;
  return sign * (exponent === 0 ? fraction * 2 ** (1 - bias) : (1 + fraction) * 2 ** (exponent - bias));
}

const float = new Float32Array(1);
const floatBits = new Int32Array(float.buffer);
function neighbour(x: number, step: number): number {
  float[0] = x;
  floatBits[0]! += step;
  return float[0];
}
const above = (x: number) => neighbour(x, 1);
const below = (x: number) => neighbour(x, -1);
