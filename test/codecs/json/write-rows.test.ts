import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { writeFloat64s, writeRows } from '../../../src/codecs/json/write-rows.ts';

function write(values: Float64Array, offset = 0): string {
  const target = Buffer.from(new SharedArrayBuffer(offset + 2 + 25 * values.length));
  return target.toString('latin1', offset, writeFloat64s(target, offset, values));
}

/** Each number is written as `JSON.stringify` writes it. */
function check(values: Float64Array, offset = 0): void {
  const texts = write(values, offset).slice(1, -1).split(',');
  values.forEach((value, i) => {
    if (texts[i] !== JSON.stringify(value)) assert.equal(texts[i], JSON.stringify(value));
  });
  assert.equal(texts.length, values.length);
}

test('float64s of every kind are written as JSON.stringify writes them', () => {
  check(Float64Array.of(0, -0, 1, -1, 10, 99_999_999, 1e8, -123_456_789, 2 ** 53, 0.1, -0.5, 4.5, 1e20, 1e21, 1.5e21));
  check(Float64Array.of(1e-6, 1.234e-6, 1e-7, 1.5e-7, 123_456_789_012_345_680_000, 1e22, 1e23, 1e-323, 5e-324));
  check(Float64Array.of(2.2250738585072014e-308, 1.7976931348623157e308, Number.NaN, Infinity, -Infinity));
  assert.equal(write(Float64Array.of(Number.NaN, -0, 0.1)), '[null,0,0.1]');
  assert.equal(write(new Float64Array()), '[]');
});

test('powers of two and of ten, and their neighbours, are written as JSON.stringify writes them', () => {
  const powers = [
    ...Array.from({ length: 2098 }, (_, i) => 2 ** (i - 1074)),
    ...Array.from({ length: 632 }, (_, i) => Number(`1e${i - 323}`)),
  ];
  const bits = new BigUint64Array(Float64Array.from(powers).buffer);
  for (const step of [-1n, 0n, 1n]) check(new Float64Array(bits.map((word) => word + step).buffer));
});

test('random float64s, and numbers with few digits, are written as JSON.stringify writes them', () => {
  const anyBits = fc.bigInt({ min: 0n, max: 2n ** 64n - 1n });
  fc.assert(
    fc.property(fc.array(anyBits, { minLength: 500, maxLength: 3000 }), fc.nat(9), (words, offset) => {
      check(new Float64Array(BigUint64Array.from(words).buffer), offset);
    }),
    { numRuns: 30 },
  );
  const decimal = fc.tuple(fc.nat(99_999), fc.integer({ min: -30, max: 25 }));
  fc.assert(
    fc.property(fc.array(decimal, { minLength: 500, maxLength: 2000 }), (decimals) => {
      check(Float64Array.from(decimals, ([digits, power]) => Number(`${digits}e${power}`)));
    }),
    { numRuns: 20 },
  );
});

test('rows have their text between the numbers, however many blocks they fill', () => {
  const columns = [0, 1, 2].map((column) => Float64Array.from({ length: 5000 }, (_, i) => (i + column) / 7));
  const text = [',{"a":', ',"b":', '},"a text of thirty-two bytes.":', '}'];
  const target = Buffer.alloc(5000 * 150);
  const range = (from: number, to: number) =>
    target.toString('latin1', 3, writeRows(target, 3, text, columns, from, to));
  const expected = (from: number, to: number) =>
    Array.from({ length: to - from }, (_, i) => {
      const [a, b, c] = columns.map((column) => JSON.stringify(column[from + i]));
      return `${text[0]}${a}${text[1]}${b}${text[2]}${c}${text[3]}`;
    }).join('');
  assert.ok(range(0, 5000) === expected(0, 5000));
  assert.equal(range(4321, 4323), expected(4321, 4323));
});
