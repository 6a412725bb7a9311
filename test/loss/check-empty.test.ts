import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ValidationIssues } from '../../src/core/validation-issues.ts';
import { checkEmpty, MAX_EMPTY_ROWS } from '../../src/loss/check-empty.ts';
import { MAX_ELEMENTS } from '../../src/loss/limits.ts';
import { layoutOf } from '../../src/loss/tensor.ts';

function issueOf(shape: readonly number[], classAxis: number): string | undefined {
  const issues = new ValidationIssues();
  checkEmpty(shape, layoutOf(shape, classAxis), 'probabilities', issues);
  try {
    issues.throwIfAny();
    return undefined;
  } catch (error) {
    return (error as Error).message;
  }
}

test('a batch without samples is fine, whatever its axes', () => {
  assert.equal(issueOf([0, 3], 1), undefined);
  assert.equal(issueOf([2, 3, 0], 1), undefined);
  assert.equal(issueOf([MAX_EMPTY_ROWS, 0, 3], 2), undefined);
  assert.equal(issueOf([0, 2 ** 14, 2 ** 14], 1), undefined);
});

test('a batch without classes is not', () => {
  assert.match(issueOf([4, 0], 1)!, /^\/probabilities: expected at least one class .*, got shape \[4, 0\]$/);
});

test('what a response would have of arrays without numbers is limited', () => {
  assert.match(
    issueOf([MAX_EMPTY_ROWS + 1, 0, 3], 2)!,
    /expected at most 65536 rows in front of the axis of 0, got shape \[65537, 0, 3\]$/,
  );
});

test('so are the axes other than those of 0', () => {
  assert.match(
    issueOf([0, 2 ** 14, 2 ** 14 + 1], 1)!,
    new RegExp(`expected axes other than those of 0 whose product is at most ${MAX_ELEMENTS}, got shape`),
  );
});

test('a batch with elements is not looked at', () => {
  assert.equal(issueOf([MAX_EMPTY_ROWS + 1, 2 ** 13], 1), undefined);
});
