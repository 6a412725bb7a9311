import assert from 'node:assert/strict';
import { test } from 'node:test';
import { MAX_COUNTED_ISSUES, MAX_LISTED_ISSUES, ValidationIssues } from '../../src/core/validation-issues.ts';
import { rejectLabels } from '../../src/loss/reject-labels.ts';
import { MAX_COUNTED_LABELS } from '../../src/loss/rejected-labels.ts';
import type { LabelTensor } from '../../src/loss/tensor.ts';

interface Rejection {
  readonly message: string;
  readonly issues: readonly { pointer: string; message: string; index: number[] }[];
  readonly more: number;
}

function rejectionOf(
  values: LabelTensor['values'],
  isValid: (label: number) => boolean,
  format?: 'F16' | 'BF16',
): Rejection {
  const issues = new ValidationIssues();
  const labels = { shape: [values.length / 2, 2], values, ...(format && { format }) };
  rejectLabels(labels, { expected: 'a label', cureOf: () => '; a cure' }, isValid, issues);
  try {
    issues.throwIfAny();
  } catch (error) {
    return error as Rejection;
  }
  throw new Error('expected labels to be rejected');
}

const isSmall = (label: number) => label >= 0 && label < 3;

test('labels of the same value are one issue, at the first of them', () => {
  const { issues, more } = rejectionOf(Int32Array.of(0, -1, 7, -1, -1, 2), isSmall);
  assert.deepEqual(issues, [
    {
      pointer: '/labels/0/1',
      message: 'expected a label, got -1 at 3 places, the first at [0, 1]; a cure',
      index: [0, 1],
    },
    { pointer: '/labels/1/0', message: 'expected a label, got 7; a cure', index: [1, 0] },
  ]);
  assert.equal(more, 0);
});

test('labels of every type have groups: NaN, floats of 16 bits, and integers that float64 does not hold', () => {
  const messages = (values: LabelTensor['values'], format?: 'F16' | 'BF16') =>
    rejectionOf(values, isSmall, format).issues.map(({ message }) => message.split(', got ')[1]);
  assert.deepEqual(messages(Float32Array.of(Number.NaN, 1, Number.NaN, 0)), [
    'NaN at 2 places, the first at [0, 0]; a cure',
  ]);
  assert.deepEqual(messages(Uint16Array.of(0x4900, 0, 0x4900, 0), 'F16'), [
    '10 at 2 places, the first at [0, 0]; a cure',
  ]);
  assert.deepEqual(messages(BigInt64Array.of(2n ** 53n, 2n ** 53n + 1n, 9n, 2n ** 53n)), [
    '9007199254740992 at 2 places, the first at [0, 0]',
    '9007199254740993',
  ]);
});

test('as many values are listed as issues are; labels of further ones are counted, up to a limit', () => {
  const values = Float64Array.from({ length: 100_000 }, (_, i) => -1 - (i % 30));
  const { issues, more } = rejectionOf(values, isSmall);
  assert.equal(issues.length, MAX_LISTED_ISSUES);
  assert.match(issues[19]!.message, /got -20 at 3333 places/);
  assert.equal(more, MAX_COUNTED_ISSUES - MAX_LISTED_ISSUES);
  assert.equal(rejectionOf(values.subarray(0, 60), isSmall).more, 20);
});

test('of more values than are listed, the most frequent come first', () => {
  const values = Float64Array.from({ length: 60_000 }, (_, i) =>
    i % 2 === 0 ? -1 - (i % 8000) : i % 6 === 5 ? 255 : 254,
  );
  const { issues, more } = rejectionOf(values, isSmall);
  assert.equal(issues.length, MAX_LISTED_ISSUES);
  assert.match(issues[0]!.message, /got 254 at 20000 places, the first at \[0, 1\]; a cure$/);
  assert.match(issues[1]!.message, /got 255 at 10000 places/);
  assert.match(issues[2]!.message, /got -1 at 8 places, the first at \[0, 0\]/);
  assert.match(issues[3]!.message, /got -3 at 8 places/);
  assert.equal(more, MAX_COUNTED_ISSUES - MAX_LISTED_ISSUES);
});

test('of values that are all different the first are listed, and no more than some thousand are kept', () => {
  const { issues } = rejectionOf(
    Float64Array.from({ length: 100_000 }, (_, i) => -1 - i),
    isSmall,
  );
  assert.deepEqual(
    issues.map(({ message }) => message.split(', got ')[1]),
    Array.from({ length: MAX_LISTED_ISSUES }, (_, i) => `${-1 - i}; a cure`),
  );
});

test('the search ends after 131 072 wrong labels', () => {
  let calls = 0;
  const isValid = (label: number) => {
    calls += 1;
    return isSmall(label);
  };
  const { issues } = rejectionOf(new Int32Array(2 * MAX_COUNTED_LABELS).fill(-1), isValid);
  assert.match(issues[0]!.message, /got -1 at 131072 or more places, the first at \[0, 0\]/);
  assert.equal(calls, MAX_COUNTED_LABELS);
});

test('whether some label is 0 is known of those behind the last wrong one that is counted, too', () => {
  const hasZero = (
    Type: typeof Int32Array | typeof BigInt64Array | typeof Uint16Array,
    last: number,
    format?: 'F16',
  ) => {
    const one = Type === BigInt64Array ? 9n : format ? 0x4900 : 9;
    const values = new Type(MAX_COUNTED_LABELS + 2).fill(one as never);
    values[MAX_COUNTED_LABELS + 1] = (Type === BigInt64Array ? BigInt(last) : last) as never;
    const labels = { shape: [values.length], values, ...(format && { format }) };
    const issues = new ValidationIssues();
    const found: boolean[] = [];
    const cureOf = (_: unknown, zero: boolean) => `${found.push(zero)}`;
    rejectLabels(labels, { expected: 'a label', cureOf }, isSmall, issues);
    return found;
  };
  assert.deepEqual([hasZero(Int32Array, 0), hasZero(Int32Array, 1)], [[true], [false]]);
  assert.deepEqual([hasZero(BigInt64Array, 0), hasZero(BigInt64Array, 1)], [[true], [false]]);
  assert.deepEqual([hasZero(Uint16Array, 0x8000, 'F16'), hasZero(Uint16Array, 0x3c00, 'F16')], [[true], [false]]);
});
