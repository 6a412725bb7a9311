import type { ValidationIssues } from '../core/validation-issues.ts';
import { firstElement, type Layout, placeIn, sampleCount, type Tensor } from './tensor.ts';

/** The largest deviation from 1 of the sum of a softmax sample's probabilities. */
const SUM_TOLERANCE = 1e-3;

/** Checks that each probability is in [0, 1] and that, for softmax, those of a sample add up to 1. */
export function checkProbabilities(
  probabilities: Tensor,
  layout: Layout,
  activation: 'sigmoid' | 'softmax',
  issues: ValidationIssues,
): void {
  const { values } = probabilities;
  for (let i = 0; i < values.length && !issues.areEnough; i++) {
    if (values[i]! >= 0 && values[i]! <= 1) continue;
    issues.add(() => ({
      ...placeIn('probabilities', probabilities, i),
      message: `expected a number in [0, 1], got ${values[i]}`,
    }));
  }
  if (activation === 'sigmoid') return;
  for (let sample = 0; sample < sampleCount(layout) && !issues.areEnough; sample++) {
    const first = firstElement(layout, sample);
    let sum = 0;
    for (let c = 0; c < layout.classes; c++) sum += values[first + c * layout.inner]!;
    if (Math.abs(sum - 1) <= SUM_TOLERANCE) continue;
    issues.add(() => ({
      ...placeIn('probabilities', probabilities, first),
      message: `expected the sample's probabilities, which start here, to add up to 1 within ${SUM_TOLERANCE}; got ${sum}`,
    }));
  }
}
