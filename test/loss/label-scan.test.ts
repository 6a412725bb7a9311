import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  int64ToInt32,
  type LabelScan,
  scanBytes,
  scanFloats,
  scanIndices,
  scanIntegers,
} from '../../src/loss/label-scan/label-scan.ts';

/** Around the ends of vectors and of blocks. */
const LENGTHS = [1, 2, 3, 7, 8, 15, 16, 17, 31, 4095, 4096, 4097, 8197];
const RULES = { classes: 80, ignoreIndex: -100, backgroundIndex: undefined };

/** Numbers of one type behind `start` others, which make a scan fail if it reads them. */
function offset<Type extends Float32Array | Float64Array | Int32Array | Uint8Array | Int8Array>(
  like: Type,
  values: readonly number[],
  start: number,
): Type {
  const wrong = 77.5;
  const all = [...new Array<number>(start).fill(wrong), ...values, ...new Array<number>(9).fill(wrong)];
  const whole = new (like.constructor as new (values: readonly number[]) => Type)(all);
  return whole.subarray(start, start + values.length) as Type;
}

function positivesOf(scan: LabelScan | undefined): number[] | undefined {
  return scan && [scan.ignored, scan.background, scan.positives];
}

for (const [name, like, ignore] of [
  ['float32', new Float32Array(), -100],
  ['float64', new Float64Array(), -100],
  ['int32', new Int32Array(), -100],
  ['int8', new Int8Array(), -100],
  ['uint8', new Uint8Array(), 255],
] as const) {
  const isFloat = like instanceof Float32Array || like instanceof Float64Array;
  const scanInto = (labels: typeof like, target: Float32Array | Uint8Array, ignoreIndex: number) =>
    isFloat
      ? scanFloats(labels as Float32Array, ignoreIndex, target as Float32Array)
      : scanIntegers(labels as Int32Array, ignoreIndex, target as Uint8Array);
  const makeTarget = (length: number) => (isFloat ? new Float32Array(length) : new Uint8Array(length));

  test(`dense labels, ${name}: counted and converted at any length and alignment`, () => {
    for (const length of LENGTHS) {
      for (const start of [0, 1, 3]) {
        const values = Array.from({ length }, (_, i) => (i % 5 === 0 ? ignore : i % 3 === 0 ? 1 : 0));
        const labels = offset(like, values, start);
        const target = makeTarget(length);
        const expected = [values.filter((y) => y === ignore).length, 0, values.filter((y) => y === 1).length];
        assert.deepEqual(positivesOf(scanInto(labels, target, ignore)), expected, `${length}, ${start}`);
        const mark = isFloat ? -1 : 255;
        assert.deepEqual(
          [...target],
          values.map((y) => (y === ignore ? mark : y)),
        );
        if (labels instanceof Float32Array) assert.deepEqual(positivesOf(scanFloats(labels, ignore)), expected);
        if (labels instanceof Uint8Array || labels instanceof Int8Array) {
          assert.deepEqual(positivesOf(scanBytes(labels, ignore)), expected);
        }
      }
    }
  });

  test(`dense labels, ${name}: one that is wrong is found at any position`, () => {
    const wrong = isFloat ? [Number.NaN, -1e-9, 1.0000002, 77, -1, Number.POSITIVE_INFINITY] : [2, 77, 128];
    for (const length of LENGTHS) {
      for (const at of new Set([0, length >> 1, length - 1])) {
        for (const value of wrong) {
          const values = new Array<number>(length).fill(0);
          values[at] = value;
          const labels = offset(like, values, 1);
          assert.equal(scanInto(labels, makeTarget(length), ignore), undefined, `${value} at ${at} of ${length}`);
          if (labels instanceof Float32Array) assert.equal(scanFloats(labels, ignore), undefined);
          if (labels instanceof Uint8Array || labels instanceof Int8Array) {
            assert.equal(scanBytes(labels, ignore), undefined);
          }
        }
      }
    }
  });

  test(`dense labels, ${name}: 0 or 1 may be what is ignored`, () => {
    const labels = offset(like, [0, 1, 1, 0, 0], 1);
    assert.deepEqual(positivesOf(scanInto(labels, makeTarget(5), 0)), [3, 0, 2]);
    assert.deepEqual(positivesOf(scanInto(labels, makeTarget(5), 1)), [2, 0, 0]);
  });

  test(`class indices, ${name}: counted and converted at any length and alignment`, () => {
    for (const length of LENGTHS) {
      for (const start of [0, 1, 3]) {
        const values = Array.from({ length }, (_, i) => (i % 5 === 0 ? ignore : i % 7 === 0 ? 99 : i % 80));
        const labels = offset(like, values, start);
        const target = new Int32Array(length);
        const rules = { classes: 80, ignoreIndex: ignore, backgroundIndex: 99 };
        const ignored = values.filter((label) => label === ignore).length;
        const background = values.filter((label) => label === 99).length;
        const expected = [ignored, background, length - ignored - background];
        assert.deepEqual(positivesOf(scanIndices(labels, rules, target)), expected, `${length}, ${start}`);
        assert.deepEqual(positivesOf(scanIndices(labels, rules)), expected);
        assert.deepEqual(
          [...target],
          values.map((label) => (label === ignore ? -1 : label === 99 ? -2 : label)),
        );
      }
    }
  });

  test(`class indices, ${name}: one that is wrong is found at any position`, () => {
    const wrong = isFloat ? [0.5, 80, -1, Number.NaN, 2 ** 31, 2 ** 32 + 1] : [80, 100, -1];
    for (const length of LENGTHS) {
      for (const at of new Set([0, length >> 1, length - 1])) {
        for (const value of wrong) {
          const values = new Array<number>(length).fill(0);
          values[at] = value;
          const labels = offset(like, values, 1);
          assert.equal(scanIndices(labels, RULES), undefined, `${value} at ${at} of ${length}`);
        }
      }
    }
    assert.equal(scanIndices(offset(like, [0, 99], 0), RULES), undefined);
  });
}

test('an ignore_index that a type cannot hold ignores nothing', () => {
  assert.equal(positivesOf(scanBytes(Uint8Array.of(0, 1, 156), -100)), undefined);
  assert.equal(positivesOf(scanBytes(Int8Array.of(0, 1, -1), 255)), undefined);
  assert.deepEqual(positivesOf(scanBytes(Uint8Array.of(0, 1, 1), -100)), [0, 0, 2]);
  assert.equal(scanFloats(Float32Array.of(2 ** 24), 2 ** 24 + 1), undefined);
  assert.notEqual(scanFloats(Float64Array.of(2 ** 24 + 1), 2 ** 24 + 1, new Float32Array(1)), undefined);
  const rules = { classes: 2, ignoreIndex: 2 ** 31 - 1, backgroundIndex: undefined };
  assert.equal(scanIndices(Float32Array.of(2 ** 31), rules), undefined);
});

test('float64 labels are checked and counted before they are rounded', () => {
  assert.equal(scanFloats(Float64Array.of(1 + 2 ** -50), -100, new Float32Array(1)), undefined);
  assert.deepEqual(
    positivesOf(scanFloats(Float64Array.of(0.5 - 2 ** -50, 0.5, -0), -100, new Float32Array(3))),
    [0, 0, 1],
  );
});

test('integers of 64 bits are narrowed if all of them fit', () => {
  const ends = [0n, -1n, 1n, 2n ** 31n - 1n, -(2n ** 31n)];
  for (const length of LENGTHS) {
    const signed = BigInt64Array.from({ length }, (_, i) => ends[i % ends.length]!);
    const target = new Int32Array(length);
    assert.ok(int64ToInt32(signed, target));
    assert.deepEqual([...target], Array.from(signed, Number));
    for (const wrong of [2n ** 31n, -(2n ** 31n) - 1n, 2n ** 32n, 2n ** 63n - 1n]) {
      assert.ok(!int64ToInt32(signed.with(length - 1, wrong), target), `${wrong}`);
    }
    const unsigned = new BigUint64Array(length).fill(2n ** 31n - 1n);
    assert.ok(int64ToInt32(unsigned, target));
    assert.deepEqual(target.at(-1), 2 ** 31 - 1);
    for (const wrong of [2n ** 31n, 2n ** 32n, 2n ** 64n - 1n]) {
      assert.ok(!int64ToInt32(unsigned.with(length - 1, wrong), target), `${wrong}`);
    }
  }
});
