import type { ValidationIssues } from '../core/validation-issues.ts';
import { formatShape, MAX_FLOAT32, type Tensor } from './tensor.ts';

/** A condition on numbers, and its text in messages. */
export interface NumberConstraint {
  readonly holds: (value: number) => boolean;
  readonly text: string;
  /** What to write instead of a number that is not allowed; empty if that is not known. */
  readonly cure?: (value: number) => string;
}

export const NON_NEGATIVE: NumberConstraint = {
  holds: (x) => x >= 0 && x <= MAX_FLOAT32,
  text: 'a number ≥ 0, finite as float32',
};

function violation({ text, cure }: NumberConstraint, value: number): string {
  return `expected ${text}, got ${value}${cure?.(value) ?? ''}`;
}

/**
 * One number for all classes, or one per class, as one per class, `[classes]`.
 *
 * @param name the option's path in the request, for issues
 */
export function broadcast(
  name: string,
  given: number | Tensor,
  classes: number,
  constraint: NumberConstraint,
  issues: ValidationIssues,
): Float64Array {
  if (typeof given === 'number') {
    if (!constraint.holds(given)) {
      issues.add(() => ({ pointer: `/${name}`, message: violation(constraint, given) }));
    }
    return new Float64Array(classes).fill(given);
  }
  if (given.shape.length !== 1 || given.shape[0] !== classes) {
    issues.add(() => ({
      pointer: `/${name}`,
      message: `expected one number per class, shape ${formatShape([classes])}, got shape ${formatShape(given.shape)}`,
    }));
    return new Float64Array(classes);
  }
  given.values.forEach((value, c) => {
    if (constraint.holds(value)) return;
    issues.add(() => ({
      pointer: `/${name}/${c}`,
      message: violation(constraint, value),
      index: [c],
    }));
  });
  return Float64Array.from(given.values);
}
