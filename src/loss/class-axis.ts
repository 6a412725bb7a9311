import type { ValidationIssues } from '../core/validation-issues.ts';
import type { Batch } from './batch.ts';
import type { Options } from './options.ts';
import { formatShape } from './tensor.ts';

/** The class axis as an index in [0, rank); meaningless if an issue was added. */
export function resolveClassAxis(
  { activation, class_axis: axis }: Pick<Options, 'activation' | 'class_axis'>,
  source: Batch['source'],
  shape: readonly number[],
  issues: ValidationIssues,
): number {
  const rank = shape.length;
  if (rank === 1 && activation === 'softmax') {
    issues.add(() => ({
      pointer: `/${source}`,
      message: `expected at least 2 axes for softmax, one of them the classes; got shape ${formatShape(shape)}`,
    }));
  } else if (rank === 1 && axis !== -1) {
    issues.add(() => ({
      pointer: '/class_axis',
      message: `expected none: ${source} of rank 1 are one binary class; got ${axis}`,
    }));
  } else if (axis < -rank || axis >= rank) {
    issues.add(() => ({
      pointer: '/class_axis',
      message: `expected an axis from ${-rank} to ${rank - 1}, as ${source} have rank ${rank}; got ${axis}`,
    }));
  }
  return axis < 0 ? axis + rank : axis;
}
