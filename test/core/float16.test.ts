import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { type Float16Format, LARGEST_FINITE } from '../../src/core/float-format.ts';
import { float32ToFloat16, toFloat32 } from '../../src/core/float16/float16.ts';
import { toFloat16 } from '../harness/to-float16.ts';

// All 65 536 bit patterns are compared with their meaning by IEEE 754, and rounding also with test/harness/to-float16.ts.

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

  test(`${format}: numbers that are too large become infinite, and no others`, () => {
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

  test(`${format}: float32s of any bits are rounded`, () => {
    const values = new Float32Array(3_000_000);
    const bits = bitsOf(values);
    // Every upper half there is, with lower halves on, below and above the middle, and at random.
    for (let i = 0; i < bits.length; i++) {
      const low = [0x8000, 0x7fff, 0x8001, 0x1000, 0x0fff, 0x1001, Math.imul(i, 0x9e3779b1) >>> 16];
      bits[i] = ((i & 0xffff) << 16) | low[(i >>> 16) % low.length]!;
    }
    const [got, want] = [new Uint16Array(values.length), new Uint16Array(values.length)];
    float32ToFloat16(values, format, got);
    toFloat16(values, format, want);
    const wrong = got.findIndex((half, i) => half !== want[i] && !Number.isNaN(values[i]));
    assert.equal(wrong, -1, `${values[wrong]}: ${got[wrong]} in place of ${want[wrong]}`);
    assert.ok(toFloat32(got, format).every((x, i) => Number.isNaN(x) === Number.isNaN(values[i])));
  });

  test(`${format}: any number of numbers, also in shared memory`, () => {
    for (const length of [1, 2, 3, 5, 65_535, 65_537, 131_077]) {
      const values = new Float32Array(new SharedArrayBuffer(4 * length)).fill(1.5);
      values[length - 1] = -2;
      const half = new Uint16Array(new SharedArrayBuffer(2 * length + 2));
      float32ToFloat16(values, format, half.subarray(0, length));
      assert.equal(half[length], 0);
      const back = new Float32Array(length);
      toFloat32(half.subarray(0, length), format, back);
      assert.deepEqual(back, Float32Array.from(values));
    }
  });
}

const bitsOf = ({ buffer, byteOffset, length }: Float32Array) => new Uint32Array(buffer, byteOffset, length);

function rounded(values: Float32Array, format: Float16Format): Uint16Array {
  const target = new Uint16Array(values.length);
  float32ToFloat16(values, format, target);
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
