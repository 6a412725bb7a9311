import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Float16Format } from '../../src/core/float-format.ts';
import type { LabelValues } from '../../src/loss/label-scan/label-blocks.ts';
import {
  type ScannedLabels,
  scanBytes,
  scanFloats,
  scanIndices,
  scanIntegers,
} from '../../src/loss/label-scan/label-scan.ts';
import { toFloat16 } from '../harness/to-float16.ts';

/** Around the ends of vectors and of blocks. */
const LENGTHS = [1, 2, 3, 7, 8, 15, 16, 17, 31, 511, 512, 513, 2049, 4095, 4096, 4097, 8197];
const RULES = { classes: 80, ignoreIndex: -100, backgroundIndex: undefined };

const bytes = (length: number) => new Uint8Array(length);
const floats = (length: number) => new Float32Array(length);
const ints = (length: number) => new Int32Array(length);

interface LabelType {
  readonly name: string;
  readonly make: (values: readonly number[]) => LabelValues;
  readonly ignore: number;
  readonly format?: Float16Format;
}

const wide = (values: readonly number[]) => values.map((value) => BigInt(Math.trunc(value)));
const float16 = (format: Float16Format) => (values: readonly number[]) => {
  const bits = new Uint16Array(values.length);
  toFloat16(Float32Array.from(values), format, bits);
  return bits;
};

const FLOATS: readonly LabelType[] = [
  { name: 'float32', make: (values) => Float32Array.from(values), ignore: -100 },
  { name: 'float64', make: (values) => Float64Array.from(values), ignore: -100 },
  { name: 'float16', make: float16('F16'), ignore: -100, format: 'F16' },
  { name: 'bfloat16', make: float16('BF16'), ignore: -100, format: 'BF16' },
];
const INTEGERS: readonly LabelType[] = [
  { name: 'int64', make: (values) => BigInt64Array.from(wide(values)), ignore: -100 },
  { name: 'uint64', make: (values) => BigUint64Array.from(wide(values)), ignore: 255 },
  { name: 'int32', make: (values) => Int32Array.from(values), ignore: -100 },
  { name: 'uint32', make: (values) => Uint32Array.from(values), ignore: 255 },
  { name: 'int16', make: (values) => Int16Array.from(values), ignore: -100 },
  { name: 'uint16', make: (values) => Uint16Array.from(values), ignore: 255 },
  { name: 'int8', make: (values) => Int8Array.from(values), ignore: -100 },
  { name: 'uint8', make: (values) => Uint8Array.from(values), ignore: 255 },
];

/** Labels behind `start` others, which make a scan fail if it reads them. */
function offset({ make }: LabelType, values: readonly number[], start: number): LabelValues {
  const wrong = 77.5;
  const all = make([...new Array<number>(start).fill(wrong), ...values, ...new Array<number>(9).fill(wrong)]);
  return all.subarray(start, start + values.length);
}

function countsOf(scan: ScannedLabels<unknown> | undefined): number[] | undefined {
  return scan && [scan.ignored, scan.background, scan.positives];
}

for (const type of [...FLOATS, ...INTEGERS]) {
  const { name, ignore, format } = type;
  const isFloat = FLOATS.includes(type);
  const scanDense = (labels: LabelValues, ignoreIndex: number) =>
    isFloat
      ? scanFloats(labels as Float32Array, ignoreIndex, floats, format)
      : scanIntegers(labels, ignoreIndex, bytes);

  test(`dense labels, ${name}: counted and converted at any length and alignment`, () => {
    for (const length of LENGTHS) {
      for (const start of [0, 1, 3]) {
        const values = Array.from({ length }, (_, i) => (i % 5 === 2 ? ignore : i % 3 === 0 ? 1 : 0));
        const labels = offset(type, values, start);
        const expected = [values.filter((y) => y === ignore).length, 0, values.filter((y) => y === 1).length];
        const scan = scanDense(labels, ignore);
        assert.deepEqual(countsOf(scan), expected, `${length}, ${start}`);
        const mark = isFloat ? -1 : 255;
        assert.deepEqual(
          [...scan!.values],
          values.map((y) => (y === ignore ? mark : y)),
        );
        if (labels instanceof Uint8Array || labels instanceof Int8Array) {
          assert.deepEqual(countsOf(scanBytes(labels, ignore)), expected);
        }
      }
    }
  });

  test(`dense labels, ${name}: one that is wrong is found at any position`, () => {
    const wrong = isFloat ? [Number.NaN, -1e-3, 1.01, 77, -1, Number.POSITIVE_INFINITY] : [2, 77, 128];
    for (const length of LENGTHS) {
      for (const at of new Set([0, length >> 1, length - 1])) {
        for (const value of wrong) {
          const values = new Array<number>(length).fill(0);
          values[at] = value;
          const labels = offset(type, values, 1);
          assert.equal(scanDense(labels, ignore), undefined, `${value} at ${at} of ${length}`);
          if (labels instanceof Uint8Array || labels instanceof Int8Array) {
            assert.equal(scanBytes(labels, ignore), undefined);
          }
        }
      }
    }
  });

  test(`dense labels, ${name}: 0 or 1 may be what is ignored`, () => {
    const labels = offset(type, [0, 1, 1, 0, 0], 1);
    assert.deepEqual(countsOf(scanDense(labels, 0)), [3, 0, 2]);
    assert.deepEqual(countsOf(scanDense(labels, 1)), [2, 0, 0]);
  });

  test(`class indices, ${name}: counted and converted at any length and alignment`, () => {
    for (const length of LENGTHS) {
      for (const start of [0, 1, 3]) {
        const values = Array.from({ length }, (_, i) => (i % 5 === 2 ? ignore : i % 7 === 6 ? 99 : i % 80));
        const rules = { classes: 80, ignoreIndex: ignore, backgroundIndex: 99 };
        const ignored = values.filter((label) => label === ignore).length;
        const background = values.filter((label) => label === 99).length;
        const scan = scanIndices(offset(type, values, start), rules, ints, format);
        assert.deepEqual(countsOf(scan), [ignored, background, length - ignored - background], `${length}, ${start}`);
        assert.deepEqual(
          [...scan!.values],
          values.map((label) => (label === ignore ? -1 : label === 99 ? -2 : label)),
        );
      }
    }
  });

  test(`class indices, ${name}: 0 may be what is ignored, or background`, () => {
    for (const length of LENGTHS) {
      const values = Array.from({ length }, (_, i) => i % 3);
      const zeros = Math.ceil(length / 3);
      const labels = offset(type, values, 1);
      const ignoring = { classes: 3, ignoreIndex: 0, backgroundIndex: undefined };
      assert.deepEqual(countsOf(scanIndices(labels, ignoring, ints, format)), [zeros, 0, length - zeros]);
      const withBackground = { classes: 3, ignoreIndex: ignore, backgroundIndex: 0 };
      assert.deepEqual(countsOf(scanIndices(labels, withBackground, ints, format)), [0, zeros, length - zeros]);
    }
  });

  test(`class indices, ${name}: one that is wrong is found at any position`, () => {
    const wrong = isFloat ? [0.5, 80, -1, Number.NaN, 2 ** 31, 2 ** 32 + 1] : [80, 100, 127];
    for (const length of LENGTHS) {
      for (const at of new Set([0, length >> 1, length - 1])) {
        for (const value of wrong) {
          const values = new Array<number>(length).fill(0);
          values[at] = value;
          const scan = scanIndices(offset(type, values, 1), RULES, ints, format);
          assert.equal(scan, undefined, `${value} at ${at} of ${length}`);
        }
      }
    }
    assert.equal(scanIndices(offset(type, [0, 99], 0), RULES, ints, format), undefined);
  });
}

test('labels that are those of a batch already are not copied', () => {
  const never = () => assert.fail('memory was allocated');
  const dense = Float32Array.of(0, 0.5, -1);
  assert.equal(scanFloats(dense, -1, never)!.values, dense);
  const indices = Int32Array.of(0, 79, -1);
  assert.equal(scanIndices(indices, { ...RULES, ignoreIndex: -1 }, never)!.values, indices);
  const hard = Uint8Array.of(0, 1, 255);
  assert.equal(scanBytes(hard, 255)!.values.buffer, hard.buffer);
});

test('an ignore_index that a type cannot hold ignores nothing', () => {
  assert.equal(countsOf(scanBytes(Uint8Array.of(0, 1, 156), -100)), undefined);
  assert.equal(countsOf(scanBytes(Int8Array.of(0, 1, -1), 255)), undefined);
  assert.deepEqual(countsOf(scanBytes(Uint8Array.of(0, 1, 1), -100)), [0, 0, 2]);
  assert.equal(scanFloats(Float32Array.of(2 ** 24), 2 ** 24 + 1, floats), undefined);
  assert.notEqual(scanFloats(Float64Array.of(2 ** 24 + 1), 2 ** 24 + 1, floats), undefined);
  const rules = { classes: 2, ignoreIndex: 2 ** 31 - 1, backgroundIndex: undefined };
  assert.equal(scanIndices(Float32Array.of(2 ** 31), rules, ints), undefined);
  assert.equal(scanIndices(Uint32Array.of(2 ** 32 - 1), { ...rules, ignoreIndex: -1 }, ints), undefined);
});

test('float32 and float64 labels are checked and counted before they are rounded', () => {
  assert.equal(scanFloats(Float64Array.of(1 + 2 ** -50), -100, floats), undefined);
  assert.equal(scanFloats(Float64Array.of(-5e-324), -100, floats), undefined);
  assert.equal(scanFloats(Float32Array.of(1 + 2 ** -23), -100, floats), undefined);
  assert.equal(scanFloats(Float32Array.of(-(2 ** -149)), -100, floats), undefined);
  // As float32, which kernels count, the first is below ½ and the second is not.
  const nearHalf = [0.5 - 2 ** -25, 0.5 - 2 ** -26, 0.5, -0];
  assert.deepEqual(countsOf(scanFloats(Float64Array.from(nearHalf), -100, floats)), [0, 0, 2]);
  assert.deepEqual(countsOf(scanFloats(Float64Array.of(-100, ...nearHalf), -100, floats)), [1, 0, 2]);
  assert.deepEqual(countsOf(scanFloats(Float32Array.of(0.5 - 2 ** -25, 0.5, -0), -100, floats)), [0, 0, 1]);
});

test('float64 indices are integers of 32 bits', () => {
  const rules = { classes: 4, ignoreIndex: -(2 ** 31), backgroundIndex: 2 ** 31 - 1 };
  const ends = Float64Array.of(-(2 ** 31), 2 ** 31 - 1, 3, -0);
  assert.deepEqual([...scanIndices(ends, rules, ints)!.values], [-1, -2, 3, 0]);
  for (const wrong of [2 ** 31, -(2 ** 31) - 1, 2 ** 32, 2 ** 52, -1e300, 1e300, 5e-324, 1 + 2 ** -52]) {
    assert.equal(scanIndices(Float64Array.of(0, 1, wrong), rules, ints), undefined, `${wrong}`);
  }
});

test('integers of 64 bits are labels if they are integers of 32 bits', () => {
  const rules = { classes: 4, ignoreIndex: -(2 ** 31), backgroundIndex: 2 ** 31 - 1 };
  for (const length of LENGTHS) {
    const signed = BigInt64Array.from({ length }, (_, i) => [3n, -(2n ** 31n), 2n ** 31n - 1n][i % 3]!);
    assert.deepEqual(
      [...scanIndices(signed, rules, ints)!.values],
      Array.from(signed, (_, i) => [3, -1, -2][i % 3]),
    );
    for (const wrong of [2n ** 31n, -(2n ** 31n) - 1n, 2n ** 32n, 2n ** 63n - 1n]) {
      assert.equal(scanIndices(signed.with(length - 1, wrong), rules, ints), undefined, `${wrong}`);
    }
    const unsigned = new BigUint64Array(length).fill(2n ** 31n - 1n);
    assert.notEqual(scanIndices(unsigned, rules, ints), undefined);
    for (const wrong of [2n ** 31n, 2n ** 32n, 2n ** 64n - 1n]) {
      assert.equal(scanIndices(unsigned.with(length - 1, wrong), rules, ints), undefined, `${wrong}`);
    }
  }
});
