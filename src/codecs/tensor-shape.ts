import type { ValidationIssues } from '../core/validation-issues.ts';
import { formatShape } from '../loss/tensor.ts';

/** The most axes that predictions may have. */
export const MAX_RANK = 5;

/** Checks a shape that the request states; json-tensor.ts finds out the shape of nested arrays. */
export function checkShape(shape: readonly number[], name: string, maxRank: number, issues: ValidationIssues): boolean {
  if (shape.length >= 1 && shape.length <= maxRank && !shape.includes(0)) return true;
  const axes = maxRank === 1 ? '1 axis, one number per class' : `1 to ${maxRank} axes`;
  issues.add(() => ({
    pointer: `/${name}`,
    message: `expected ${axes} and at least one element, got shape ${formatShape(shape)}`,
  }));
  return false;
}
