import type { ValidationIssues } from '../core/validation-issues.ts';
import type { Batch } from './batch.ts';
import { MAX_ELEMENTS } from './limits.ts';
import { elementCount, formatShape, type Layout, product } from './tensor.ts';

/** The most rows in front of the first axis of 0: a response in JSON has an array for each, and a request none of their bytes. */
export const MAX_EMPTY_ROWS = 2 ** 16;

/** Checks a batch without elements: it still has classes, and a shape that numbers could have. */
export function checkEmpty(
  shape: readonly number[],
  layout: Layout,
  source: Batch['source'],
  issues: ValidationIssues,
): void {
  if (elementCount(layout) > 0) return;
  const addIssue = (expected: string) =>
    issues.add(() => ({ pointer: `/${source}`, message: `expected ${expected}, got shape ${formatShape(shape)}` }));
  if (layout.classes === 0) addIssue('at least one class (the 0 of an empty batch is another axis, as in [0, 3])');
  else if (product(shape.slice(0, shape.indexOf(0))) > MAX_EMPTY_ROWS) {
    addIssue(`at most ${MAX_EMPTY_ROWS} rows in front of the axis of 0`);
  } else if (product(shape.filter((size) => size > 0)) > MAX_ELEMENTS) {
    addIssue(`axes other than those of 0 whose product is at most ${MAX_ELEMENTS}`);
  }
}
