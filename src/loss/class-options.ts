import type { ValidationIssues } from '../core/validation-issues.ts';
import { type AlphaChoice, type AlphaContext, classSideWeights, resolveAlpha } from './alpha.ts';
import type { Batch } from './batch.ts';
import { broadcast, NON_NEGATIVE } from './broadcast.ts';
import type { Options } from './options.ts';
import { isQualityGamma, qualityGammaIssue } from './quality-gamma.ts';
import type { Tensor } from './tensor.ts';

/** Options that are one number for all classes, or one per class. */
export interface ClassOptions {
  readonly gamma?: number | Tensor | undefined;
  readonly alpha?: AlphaChoice | undefined;
  readonly class_weights?: Tensor | undefined;
}

const DEFAULT_GAMMA = 2;

/** Broadcasts the options over the classes, `[classes]` each, fills in defaults and multiplies α by the class weights. */
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

function rejectSmallGamma(gamma: Float64Array, given: ClassOptions['gamma'], issues: ValidationIssues): void {
  const wrong = gamma.findIndex((value) => !isQualityGamma(value));
  if (wrong < 0) return;
  const place = typeof given === 'object' ? { pointer: `/gamma/${wrong}`, index: [wrong] } : { pointer: '/gamma' };
  issues.add(() => qualityGammaIssue(gamma[wrong]!, place));
}
