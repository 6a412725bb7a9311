import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { ValidationIssues } from '../../src/core/validation-issues.ts';
import { rejectBytes, rejectLabels } from '../../src/loss/reject-labels.ts';
import { MAX_COUNTED_LABELS } from '../../src/loss/rejected-labels.ts';

const REJECTION = { expected: 'a label', cureOf: (value: number | bigint) => `; cure of ${value}` };

function rejectionOf(reject: (issues: ValidationIssues) => void, before: number) {
  const issues = new ValidationIssues();
  for (let i = 0; i < before; i++) issues.add(() => ({ pointer: '/gamma', message: 'expected another' }));
  reject(issues);
  try {
    issues.throwIfAny();
    return {};
  } catch (error) {
    const { message, issues: listed, more } = error as { message: string; issues: object[]; more: number };
    return { message, listed, more };
  }
}

/** Beside labels one by one. */
function assertSame(values: Uint8Array | Int8Array, ignoreIndex: number, before = 0): void {
  const labels = { shape: [values.length / 2, 2], values };
  const isValid = (y: number) => y === ignoreIndex || y === 0 || y === 1;
  assert.deepEqual(
    rejectionOf((issues) => rejectBytes(labels, REJECTION, ignoreIndex, issues), before),
    rejectionOf((issues) => rejectLabels(labels, REJECTION, isValid, issues), before),
  );
}

test('labels of 8 bits are rejected as others are, wherever they are and however many', () => {
  const settings = fc.record({
    signed: fc.boolean(),
    pairs: fc.integer({ min: 1, max: 8000 }),
    wrong: fc.array(fc.record({ at: fc.nat(16_000), y: fc.integer({ min: -128, max: 255 }) }), { maxLength: 40 }),
    ignoreIndex: fc.constantFrom(-100, -1, 255, 156, 2, 1000),
    before: fc.constantFrom(0, 3, 19, 25),
  });
  fc.assert(
    fc.property(settings, ({ signed, pairs, wrong, ignoreIndex, before }) => {
      const values = signed ? new Int8Array(2 * pairs) : new Uint8Array(2 * pairs);
      for (const { at, y } of wrong) values[at % values.length] = y;
      assertSame(values, ignoreIndex, before);
    }),
  );
});

test('no more are counted than of other labels', () => {
  for (const length of [MAX_COUNTED_LABELS - 2, MAX_COUNTED_LABELS, MAX_COUNTED_LABELS + 2, 2 * MAX_COUNTED_LABELS]) {
    assertSame(new Uint8Array(length).fill(9), 255);
  }
});
