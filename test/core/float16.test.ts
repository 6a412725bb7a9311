import assert from 'node:assert/strict';
import { test } from 'node:test';
import { toFloat32 } from '../../src/core/float-format.ts';
import { narrow, widen } from '../../src/core/float16/float16.ts';
import { toFloat16 } from '../harness/to-float16.ts';

// Widening is that of loss/float-format.ts and narrowing that of test/harness/to-float16.ts, bit for bit; both are tested
// against IEEE 754 in test/loss/float-format.test.ts.

const bitsOf = ({ buffer, byteOffset, length }: Float32Array) => new Uint32Array(buffer, byteOffset, length);

/** NaN has many bit patterns; which one is no matter. */
function sameFloats(got: Float32Array, want: Float32Array): void {
  const [a, b] = [bitsOf(got), bitsOf(want)];
  for (let i = 0; i < b.length; i++) {
    if (a[i] !== b[i] && !(Number.isNaN(got[i]) && Number.isNaN(want[i]))) {
      assert.fail(`${i}: ${got[i]} in place of ${want[i]}`);
    }
  }
}

for (const format of ['F16', 'BF16'] as const) {
  test(`${format}: every bit pattern is widened`, () => {
    const all = Uint16Array.from({ length: 65_536 }, (_, bits) => bits);
    const values = new Float32Array(all.length);
    widen(all, format, values);
    sameFloats(values, toFloat32(all, format));
  });

  test(`${format}: float32s of any bits are narrowed`, () => {
    const values = new Float32Array(3_000_000);
    const bits = bitsOf(values);
    // Every upper half there is, with lower halves on, below and above the middle, and at random.
    for (let i = 0; i < bits.length; i++) {
      const low = [0x8000, 0x7fff, 0x8001, 0x1000, 0x0fff, 0x1001, Math.imul(i, 0x9e3779b1) >>> 16];
      bits[i] = ((i & 0xffff) << 16) | low[(i >>> 16) % low.length]!;
    }
    const [got, want] = [new Uint16Array(values.length), new Uint16Array(values.length)];
    narrow(values, format, got);
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
      narrow(values, format, half.subarray(0, length));
      assert.equal(half[length], 0);
      const back = new Float32Array(length);
      widen(half.subarray(0, length), format, back);
      assert.deepEqual(back, Float32Array.from(values));
    }
  });
}
