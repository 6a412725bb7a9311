import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { maxTensorTextBytes, writeTensor } from '../../../src/codecs/json/write-tensor.ts';
import { product } from '../../../src/loss/tensor.ts';

function write(values: Float32Array, shape: readonly number[] = [values.length], offset = 0): string {
  const target = Buffer.from(new SharedArrayBuffer(offset + maxTensorTextBytes(shape)));
  return target.toString('latin1', offset, writeTensor(target, offset, values, 'F32', shape));
}

const texts = (values: Float32Array) => write(values).slice(1, -1).split(',');

/** Without an exponent from 0.001 up to nine digits before the point, else with one. */
const FORM =
  /^-?(?:0\.0{0,2}[1-9](?:\d*[1-9])?|[1-9]\d{0,8}(?:\.\d*[1-9])?|[1-9](?:\.\d*[1-9])?e(?:-(?:[4-9]|[1-4]\d)|9|[1-3]\d))$/;

/** The significant digits. */
function digitsIn(text: string): string {
  return text
    .replace(/e.*|[-.]/g, '')
    .replace(/^0+/, '')
    .replace(/0+$/, '');
}

/** Compares a number's text with the ways in which JavaScript parses and prints it. */
function check(value: number, text: string): void {
  if (value === 0) {
    assert.equal(text, '0');
    return;
  }
  const parsed = Number(text);
  const count = digitsIn(text).length;
  const nearest = value.toPrecision(count);
  const ok =
    Math.fround(parsed) === value &&
    FORM.test(text) &&
    (count === 1 || Math.fround(Number(value.toPrecision(count - 1))) !== value) &&
    (parsed === Number(nearest) || isNearerOrEven(value, text, Number(nearest)));
  assert.ok(ok, `${text} for ${value}`);
}

/** JavaScript rounds a tie up, and does not know that some neighbours lie closer on one side. */
function isNearerOrEven(value: number, text: string, nearest: number): boolean {
  if (Math.fround(nearest) !== value) return true;
  const tie = Math.abs(Math.abs(Number(text) - value) / Math.abs(nearest - value) - 1) < 1e-6;
  return tie && Number(digitsIn(text).at(-1)) % 2 === 0;
}

function checkAll(values: Float32Array): void {
  const finite = values.filter(Number.isFinite);
  texts(finite).forEach((text, i) => {
    check(finite[i]!, text);
  });
}

const fromBits = (bits: ArrayLike<number>) => new Float32Array(Uint32Array.from(bits).buffer);

test('familiar numbers are written in the familiar way', () => {
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
    [999999936, '999999940'],
    [1e9, '1e9'],
    [3.4028234663852886e38, '3.4028235e38'],
    [2 ** -126, '1.1754944e-38'],
    [2 ** -149, '1e-45'],
    [9.999999974752427e-7, '1e-6'],
    [2 ** 31, '2.1474836e9'],
    [2097152.25, '2097152.2'],
    [2097152.75, '2097152.8'],
    [8589934592, '8.589935e9'],
    [33554432, '33554432'],
    [9.5367431640625e-7, '9.536743e-7'],
    [1.00014165e-36, '1.00014165e-36'],
  ];
  assert.deepEqual(
    texts(Float32Array.from(known, ([value]) => value)),
    known.map(([, text]) => text),
  );
});

test('powers of two, below which float32s are twice as dense, and powers of ten are exact', () => {
  const bits: number[] = [];
  for (const base of [2, 10]) {
    for (let exponent = -149; exponent < 128; exponent++) {
      const [word] = new Uint32Array(Float32Array.of(base ** exponent).buffer);
      for (let step = -3; step <= 3; step++) bits.push(word! + step, (word! + step) ^ 0x80000000);
    }
  }
  checkAll(fromBits(bits));
});

test('every exponent with every upper half of the fraction is written correctly', () => {
  for (let exponent = 0; exponent < 255; exponent++) {
    checkAll(fromBits(Array.from({ length: 512 }, (_, i) => (exponent << 23) | (i << 14) | (i * 37))));
  }
});

test('all numbers of some ranges are written correctly: the smallest, the largest, from 1, from 2^21, around 1e-3 and 1e9', () => {
  const around = (value: number) => new Uint32Array(Float32Array.of(value).buffer)[0]! - 8192;
  for (const start of [0, 0x7f800000 - 16384, 0x3f800000, 0x4a000000, around(1e-3), around(1e9)]) {
    checkAll(fromBits(Array.from({ length: 16384 }, (_, i) => start + i)));
  }
});

test('two million evenly spread bit patterns are written correctly', () => {
  const block = 1 << 16;
  for (let i = 0; i < 2 ** 21; i += block) {
    // Multiples of an odd factor reach all words; those of this one lie far apart (Knuth, TAOCP 6.4).
    checkAll(fromBits(Array.from({ length: block }, (_, j) => Math.imul(i + j, 0x9e3779b1))));
  }
});

test('any shape is nested as JSON.stringify nests it, wherever its blocks end and the text starts', () => {
  const nest = (numbers: string[], shape: readonly number[]): string => {
    if (shape.length === 0) return numbers[0]!;
    const size = product(shape.slice(1));
    const rows = Array.from({ length: shape[0]! }, (_, i) =>
      nest(numbers.slice(i * size, (i + 1) * size), shape.slice(1)),
    );
    return `[${rows.join(',')}]`;
  };
  const size = fc.oneof(
    { weight: 4, arbitrary: fc.integer({ min: 1, max: 5 }) },
    fc.constantFrom(80, 511, 512, 513, 1023, 1024, 1025, 2048),
  );
  const shapes = fc.array(size, { minLength: 1, maxLength: 5 }).filter((shape) => product(shape) <= 20_000);
  fc.assert(
    fc.property(shapes, fc.nat(7), fc.nat(), (shape, offset, seed) => {
      const values = Float32Array.from({ length: product(shape) }, (_, i) => Math.sin(seed + i) / (1 + (i % 7) ** 9));
      assert.equal(write(values, shape, offset), nest(texts(values), shape));
    }),
    { numRuns: 300 },
  );
});

test('ranges of a tensor are written as what they are of it, and fit into the estimated bytes', () => {
  const shape = fc.array(fc.integer({ min: 1, max: 6 }), { minLength: 1, maxLength: 5 });
  fc.assert(
    fc.property(shape, fc.array(fc.nat(7776), { maxLength: 4 }), fc.boolean(), (shape, cuts, longest) => {
      const count = product(shape);
      const values = new Float32Array(count).map((_, i) => (longest ? -1.00014165e-36 : Math.sin(i)));
      const ends = [...cuts.map((cut) => cut % count).sort((a, b) => a - b), count];
      let text = '';
      let bytes = 0;
      ends.forEach((to, i) => {
        const range = { from: ends[i - 1] ?? 0, to };
        const target = Buffer.alloc(maxTensorTextBytes(shape, range));
        bytes += target.length;
        text += target.toString('latin1', 0, writeTensor(target, 0, values, 'F32', shape, range));
      });
      assert.equal(text, write(values, shape));
      assert.equal(bytes, maxTensorTextBytes(shape));
    }),
  );
});

test('the longest numbers with the most brackets fit into the estimated bytes', () => {
  const values = new Float32Array(4000).fill(-1.00014165e-36);
  for (const shape of [[4000], [4000, 1, 1, 1, 1], [1, 1, 1, 1, 4000], [2, 2000, 1]]) {
    assert.deepEqual(JSON.parse(write(values, shape)).flat(4), new Array(4000).fill(-1.00014165e-36));
  }
});
