import type { Allocator } from '../../core/allocator.ts';
import type { ValidationIssue } from '../../core/service-error.ts';
import type { ValidationIssues } from '../../core/validation-issues.ts';
import type { Batch, Labels } from '../batch.ts';
import type { ClassOptions } from '../class-options.ts';
import type { Options } from '../options.ts';
import { defaultAlpha } from '../resolve-alpha.ts';
import { posteriorIssues } from './check-posterior.ts';

type Resolved = Pick<Batch, 'alpha' | 'schemeAlpha' | 'classWeights'>;

/** Those of fewer classes are copied from thread to thread faster than shared memory is allocated. */
const MIN_SHARED = 512;

/**
 * What the posterior subtracts of log h, as in `Batch.posteriorOffsets`.
 *
 * @param issues gets those of `posterior`, if that is requested; `calibration` goes without
 * @returns undefined if neither is requested, if a posterior has no meaning, or if the batch is rejected anyway
 */
export function resolvePosteriorOffsets(
  options: Options,
  given: ClassOptions,
  resolved: Resolved,
  labels: Labels,
  allocator: Allocator,
  issues: ValidationIssues,
): Float64Array | undefined {
  const { outputs } = options;
  const isRequested = outputs.includes('posterior');
  if (!isRequested && !outputs.includes('calibration')) return undefined;
  const found = posteriorIssues(options, given.gamma, labels);
  const wasValid = issues.count === 0;
  if (isRequested) for (const issue of found) issues.add(() => issue);
  if (!wasValid || found.length > 0) return undefined;

  const { length } = resolved.classWeights;
  const offsets = length < MIN_SHARED ? new Float64Array(length) : allocator.float64(length);
  const offsetOf =
    options.activation === 'sigmoid' ? sigmoidOffsets(options, given, resolved) : softmaxOffset(resolved);
  let hasAll = true;
  for (let c = 0; c < length; c++) {
    const offset = offsetOf(c);
    offsets[c] = offset;
    if (Number.isFinite(offset)) continue;
    hasAll = false;
    if (isRequested) issues.add(() => weightIssue(c, options, given, resolved));
    // One number for all classes, or a scheme, is one issue.
    if (!isRequested || !isGivenPerClass(given[zeroWeight(c, options, resolved)])) break;
  }
  return hasAll ? offsets : undefined;
}

/** log (α / (1 − α)). The weight of the class is that of both sides, and α with weight 0 is only there as it was given. */
function sigmoidOffsets(
  { activation, soft_labels: softLabels }: Options,
  given: ClassOptions,
  { schemeAlpha }: Resolved,
): (c: number) => number {
  const alpha = given.alpha === undefined ? defaultAlpha({ activation, softLabels }) : given.alpha;
  if (alpha === null) return () => 0;
  const alphaOf = (c: number) => {
    if (schemeAlpha) return schemeAlpha[c]!;
    return typeof alpha === 'number' ? alpha : (alpha as { values: ArrayLike<number> }).values[c]!;
  };
  return (c) => Math.log(alphaOf(c)) - Math.log1p(-alphaOf(c));
}

function softmaxOffset({ alpha }: Resolved): (c: number) => number {
  return (c) => Math.log(alpha.positive[c]!);
}

/** A class that has no weight on some side: the loss says nothing of its probability. */
function weightIssue(
  c: number,
  { activation }: Options,
  given: ClassOptions,
  { schemeAlpha, classWeights }: Resolved,
): ValidationIssue {
  const name = zeroWeight(c, { activation }, { classWeights });
  const isWeight = name === 'class_weights';
  const place = isGivenPerClass(given[name]) ? { pointer: `/${name}/${c}`, index: [c] } : { pointer: `/${name}` };
  const range = activation === 'softmax' ? 'a number > 0' : 'a number strictly between 0 and 1';
  const value = isWeight || activation === 'softmax' ? 0 : (schemeAlpha?.[c] ?? givenAlpha(given.alpha, c));
  const origin = !isWeight && schemeAlpha ? ` for class ${c} from the scheme` : '';
  return {
    ...place,
    message: `expected ${range} with output "posterior", as nothing tells the probability otherwise; got ${value}${origin}`,
  };
}

/** Which option leaves a class without weight. */
function zeroWeight(
  c: number,
  { activation }: Pick<Options, 'activation'>,
  { classWeights }: Pick<Resolved, 'classWeights'>,
): 'class_weights' | 'alpha' {
  return activation === 'softmax' && classWeights[c] === 0 ? 'class_weights' : 'alpha';
}

function isGivenPerClass(given: ClassOptions['alpha'] | ClassOptions['class_weights']): boolean {
  return typeof given === 'object' && given !== null && 'values' in given;
}

function givenAlpha(alpha: ClassOptions['alpha'], c: number): number | undefined {
  if (typeof alpha === 'number') return alpha;
  return alpha && 'values' in alpha ? alpha.values[c] : undefined;
}
