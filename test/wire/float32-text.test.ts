import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { MAX_FLOAT32_TEXT, writeFloat32 } from '../../src/wire/float32-text.ts';

function write(value: number): string {
  const target = new Uint8Array(MAX_FLOAT32_TEXT);
  return String.fromCharCode(...target.subarray(0, writeFloat32(target, 0, Float32Array.of(value), 0)));
}

/** The fewest digits that read back, by trying them all. */
function fewestDigits(value: number): number {
  for (let digits = 1; digits <= 9; digits++) {
    if (Math.fround(Number(value.toPrecision(digits))) === value) return digits;
  }
  throw new Error(`${value} needs more than 9 digits`);
}

function digitsIn(text: string): number {
  return text.replace(/e.*/, '').replace(/[-.]/g, '').replace(/^0+/, '').replace(/0+$/, '').length;
}

/** Every bit pattern alike, so that subnormals and huge numbers come as often as others. */
const float32 = fc
  .integer({ min: 0, max: 0xffffffff })
  .map((word) => new Float32Array(new Uint32Array([word]).buffer)[0]!)
  .filter(Number.isFinite);

test('writes the numbers that people know', () => {
  const known: [number, string][] = [
    [0, '0'],
    [-0, '0'],
    [1, '1'],
    [-1, '-1'],
    [0.1, '0.1'],
    [-0.25, '-0.25'],
    [0.001, '0.001'],
    [1e-4, '1e-4'],
    [1 / 3, '0.33333334'],
    [16777216, '16777216'],
    [123456792, '123456790'],
    [1e9, '1e9'],
    [3.4028234663852886e38, '3.4028235e38'],
    [2 ** -126, '1.1754944e-38'],
    [2 ** -149, '1e-45'],
    [9.999999974752427e-7, '1e-6'],
    [2 ** 31, '2.1474836e9'],
  ];
  for (const [value, text] of known) assert.equal(write(value), text);
});

test('reads back to the same float32, as JSON, in the room that is promised', () => {
  fc.assert(
    fc.property(float32, (value) => {
      const text = write(value);
      assert.equal(Math.fround(JSON.parse(text)), value === 0 ? 0 : value);
      assert.ok(text.length <= MAX_FLOAT32_TEXT);
    }),
    { numRuns: 50_000 },
  );
});

test('has no digit too many', () => {
  fc.assert(
    fc.property(float32, (value) => {
      if (value !== 0) assert.ok(digitsIn(write(value)) <= fewestDigits(value), `${write(value)} for ${value}`);
    }),
    { numRuns: 50_000 },
  );
});

test('is exact at powers of two, where the float32s below lie twice as dense', () => {
  for (let exponent = -149; exponent < 128; exponent++) {
    for (const step of [-1, 0, 1]) {
      const word = new Uint32Array(new Float32Array([2 ** exponent]).buffer);
      word[0] = word[0]! + step;
      const value = new Float32Array(word.buffer)[0]!;
      assert.equal(Math.fround(JSON.parse(write(value))), value);
      if (value > 0) assert.ok(digitsIn(write(value)) <= fewestDigits(value), `${write(value)} for ${value}`);
    }
  }
});
