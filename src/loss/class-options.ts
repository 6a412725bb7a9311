import type { ValidationIssues } from '../core/validation-issues.ts';
import { type AlphaChoice, type AlphaContext, classSideWeights, resolveAlpha } from './alpha.ts';
import type { Batch } from './batch.ts';
import { broadcast, NON_NEGATIVE } from './broadcast.ts';
import type { Options } from './options.ts';
import type { Tensor } from './tensor.ts';

/** Options that may differ from class to class: a number for all, or one per class. */
export interface ClassOptions {
  readonly gamma?: number | Tensor | undefined;
  readonly alpha?: AlphaChoice | undefined;
  readonly class_weights?: Tensor | undefined;
}

const DEFAULT_GAMMA = 2;

/** Spreads the per-class options over the classes, with defaults, and multiplies the class weights into α. */
export function resolveClassOptions(
  given: ClassOptions,
  options: Pick<Options, 'soft_labels'>,
  context: AlphaContext,
): Pick<Batch, 'gamma' | 'alpha' | 'classWeights' | 'schemeAlpha'> {
  const { activation, classes, issues } = context;
  const gamma = broadcast('gamma', given.gamma ?? DEFAULT_GAMMA, classes, NON_NEGATIVE, issues);
  if (activation === 'sigmoid' && options.soft_labels === 'quality') rejectSmallGamma(gamma, given.gamma, issues);
  const classWeights = broadcast('class_weights', given.class_weights ?? 1, classes, NON_NEGATIVE, issues);
  const { weights, fromScheme } = resolveAlpha('alpha', given.alpha, context);
  return {
    gamma,
    classWeights,
    alpha: classSideWeights(weights, classWeights),
    ...(fromScheme && { schemeAlpha: weights }),
  };
}

/** |p − y|^γ has no finite gradient at p = y for 0 < γ < 1. */
function rejectSmallGamma(gamma: Float64Array, given: ClassOptions['gamma'], issues: ValidationIssues): void {
  const perClass = typeof given === 'object';
  const wrong = gamma.findIndex((g) => g > 0 && g < 1);
  if (wrong < 0) return;
  issues.add(() => ({
    pointer: perClass ? `/gamma/${wrong}` : '/gamma',
    message: `expected 0 or a number ≥ 1 with soft_labels "quality", got ${gamma[wrong]}`,
    ...(perClass && { index: [wrong] }),
  }));
}
