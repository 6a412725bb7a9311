import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ValidationIssues } from '../../src/core/validation-issues.ts';
import { checkLimits, MAX_BREAKDOWN_CLASSES, MAX_CLASSES, MAX_ELEMENTS } from '../../src/loss/limits.ts';
import type { Output } from '../../src/loss/options.ts';
import type { Layout } from '../../src/loss/tensor.ts';

function issueOf(layout: Partial<Layout>, outputs: Output[]): string {
  const issues = new ValidationIssues();
  checkLimits({ outer: 1, classes: 1, inner: 1, ...layout }, outputs, 'logits', issues);
  try {
    issues.throwIfAny();
    return '';
  } catch (error) {
    return (error as Error).message;
  }
}

test('elements are limited, whatever the shape', () => {
  assert.equal(issueOf({ outer: MAX_ELEMENTS }, ['loss']), '');
  assert.equal(issueOf({ outer: 2 ** 20, classes: 2 ** 5, inner: 2 ** 3 }, ['per_class']), '');
  for (const layout of [{ outer: MAX_ELEMENTS + 1 }, { outer: 2 ** 20, classes: 3, inner: 100 }]) {
    assert.match(
      issueOf(layout, ['loss']),
      /^\/logits: expected at most 268435456 elements \(max_elements\), got \d+$/,
    );
  }
});

test('classes are limited, and more so with a breakdown', () => {
  assert.equal(issueOf({ classes: MAX_CLASSES }, ['loss', 'gradients']), '');
  assert.equal(issueOf({ classes: MAX_BREAKDOWN_CLASSES }, ['per_class']), '');
  assert.match(
    issueOf({ classes: MAX_CLASSES + 1 }, ['loss']),
    /^\/logits: .*262144 classes \(max_classes\), got 262145$/,
  );
  assert.match(
    issueOf({ classes: MAX_BREAKDOWN_CLASSES + 1 }, ['loss', 'per_class']),
    /^\/outputs: expected no "per_class" beyond 32768 classes \(max_breakdown_classes\), got 32769$/,
  );
});
