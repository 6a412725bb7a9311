import type { Batch } from './batch.ts';
import { broadcast, NON_NEGATIVE } from './broadcast.ts';
import type { Options } from './options.ts';
import { type AlphaChoice, type AlphaContext, classSideWeights, resolveAlpha } from './resolve-alpha.ts';
import { DEFAULT_GAMMA, type GammaChoice, rejectSmallGamma, resolveGamma } from './resolve-gamma.ts';
import type { Tensor } from './tensor.ts';

/** Options that are one number for all classes, or one per class. */
export interface ClassOptions {
  readonly gamma?: GammaChoice | undefined;
  readonly alpha?: AlphaChoice | undefined;
  readonly class_weights?: Tensor | undefined;
}

/** Broadcasts the options over the classes, `[classes]` each, fills in defaults and multiplies α by the class weights. */
export function resolveClassOptions(
  given: ClassOptions,
  { soft_labels: softLabels }: Pick<Options, 'soft_labels'>,
  context: Omit<AlphaContext, 'softLabels'>,
): Pick<Batch, 'gamma' | 'alpha' | 'classWeights' | 'schemeAlpha'> {
  const { activation, classes, issues } = context;
  const gamma = resolveGamma(given.gamma ?? DEFAULT_GAMMA, classes, issues);
  if (activation === 'sigmoid' && softLabels === 'quality') rejectSmallGamma(gamma.positive, given.gamma, issues);
  const classWeights = broadcast('class_weights', given.class_weights ?? 1, classes, NON_NEGATIVE, issues);
  const { weights, fromScheme } = resolveAlpha('alpha', given.alpha, { ...context, softLabels });
  return {
    gamma,
    classWeights,
    alpha: classSideWeights(weights, classWeights, softLabels),
    ...(fromScheme && { schemeAlpha: weights }),
  };
}
