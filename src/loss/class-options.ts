import type { ValidationIssue } from '../core/service-error.ts';
import type { ValidationIssues } from '../core/validation-issues.ts';
import { type AlphaScheme, alphaFromScheme } from './alpha-scheme.ts';
import type { Batch } from './batch.ts';
import type { Side } from './class-sums.ts';
import type { LabelCounts } from './label-counts.ts';
import { hasUnweightedPositives, type SoftLabels } from './labelled-term.ts';
import type { Options } from './options.ts';
import { formatShape, MAX_FLOAT32, type Tensor } from './tensor.ts';

/** Options that are one number for all classes, or one per class. */
export interface ClassOptions {
  readonly gamma?: GammaChoice | undefined;
  readonly alpha?: AlphaChoice | undefined;
  readonly class_weights?: Tensor | undefined;
}

/** γ in a request: a number for all classes or one per class, for both sides or each of them. */
export type GammaChoice = number | Tensor | { readonly [side in Side]: number | Tensor };

/** Whether each side has a γ of its own. */
export function hasSides(gamma: GammaChoice | undefined): gamma is { readonly [side in Side]: number | Tensor } {
  return typeof gamma === 'object' && 'positive' in gamma;
}

export const DEFAULT_GAMMA = 2;

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

function resolveGamma(given: GammaChoice, classes: number, issues: ValidationIssues): Batch['gamma'] {
  if (!hasSides(given)) {
    const gamma = broadcast('gamma', given, classes, NON_NEGATIVE, issues);
    return { positive: gamma, negative: gamma };
  }
  return {
    positive: broadcast('gamma/positive', given.positive, classes, NON_NEGATIVE, issues),
    negative: broadcast('gamma/negative', given.negative, classes, NON_NEGATIVE, issues),
  };
}

function rejectSmallGamma(gamma: Float64Array, given: ClassOptions['gamma'], issues: ValidationIssues): void {
  const wrong = gamma.findIndex((value) => !isQualityGamma(value));
  if (wrong < 0) return;
  const name = hasSides(given) ? '/gamma/positive' : '/gamma';
  const isList = typeof (hasSides(given) ? given.positive : given) === 'object';
  const place = isList ? { pointer: `${name}/${wrong}`, index: [wrong] } : { pointer: name };
  issues.add(() => qualityGammaIssue(gamma[wrong]!, place));
}

/** What turns α off, beside null. */
export const OFF = 'off';

/** α in a request: a number for all classes, one per class, `null` for off, or a scheme that derives it. */
export type AlphaChoice = number | Tensor | AlphaScheme | null;

/** The facts about a batch that α may depend on. */
export interface AlphaContext {
  readonly activation: Batch['activation'];
  readonly softLabels: SoftLabels;
  readonly classes: number;
  countLabels(): LabelCounts;
  readonly issues: ValidationIssues;
}

/** α per class, `[classes]`; undefined if it is off. */
export type ResolvedAlpha =
  | { readonly weights: Float64Array | undefined; readonly fromScheme: false }
  | { readonly weights: Float64Array; readonly fromScheme: true };

/** The default of `alpha`: that of the loss as it was published. */
export function defaultAlpha({
  activation,
  softLabels,
}: Pick<AlphaContext, 'activation' | 'softLabels'>): number | null {
  if (activation === 'softmax' || softLabels === 'matchability') return null;
  return softLabels === 'varifocal' ? 0.75 : 0.25;
}

/**
 * Broadcasts α over the classes, or derives it from class frequencies.
 *
 * @param place the option's path in the request, for issues
 */
export function resolveAlpha(place: string, given: AlphaChoice | undefined, context: AlphaContext): ResolvedAlpha {
  const { classes, activation, issues } = context;
  const alpha = given === undefined ? defaultAlpha(context) : given;
  if (alpha === null) return { weights: undefined, fromScheme: false };
  if (typeof alpha === 'object' && !('values' in alpha)) {
    const counts = countsFor(place, alpha, context);
    return { weights: alphaFromScheme(alpha, activation, counts), fromScheme: true };
  }
  return { weights: broadcast(place, alpha, classes, UNIT, issues), fromScheme: false };
}

/**
 * The weights of positives and negatives per class: α and 1 − α, or 1 if α is off, times the class weights. With `varifocal` and
 * `matchability` α weights negatives alone.
 */
export function classSideWeights(
  weights: Float64Array | undefined,
  classWeights: Float64Array,
  softLabels: SoftLabels,
): Batch['alpha'] {
  if (weights === undefined) return { positive: classWeights, negative: classWeights };
  if (hasUnweightedPositives(softLabels)) {
    return { positive: classWeights, negative: weights.map((a, c) => a * classWeights[c]!) };
  }
  return {
    positive: weights.map((a, c) => a * classWeights[c]!),
    negative: weights.map((a, c) => (1 - a) * classWeights[c]!),
  };
}

/** The counts in the scheme, else those of the batch. */
function countsFor(place: string, { effective_number }: AlphaScheme, context: AlphaContext): LabelCounts {
  const { activation, classes, issues } = context;
  const { class_counts: counts, samples } = effective_number ?? {};
  const addIssue = (field: string, message: string) =>
    issues.add(() => ({ pointer: `/${place}/effective_number/${field}`, message }));
  if (samples !== undefined && (counts === undefined || activation === 'softmax')) {
    const why = counts === undefined ? 'without class_counts the batch is counted' : 'softmax has no negatives';
    addIssue('samples', `expected none, as ${why}; got ${samples}`);
  }
  if (counts === undefined) return context.countLabels();
  if (counts.length !== classes) {
    addIssue('class_counts', `expected one count per class, ${classes}, got ${counts.length}`);
  } else if (classes === 1 && samples === undefined) {
    addIssue(
      'samples',
      `expected the number of all samples, as class_counts of one class count only its positives, ${counts[0]}: ` +
        'without negatives alpha is 0; got nothing',
    );
  }
  const all = samples ?? counts.reduce((sum, count) => sum + count, 0);
  const tooMany = counts.findIndex((count) => count > all);
  if (activation === 'sigmoid' && tooMany >= 0) {
    addIssue('samples', `expected at least ${counts[tooMany]}, as many as class ${tooMany} has; got ${all}`);
  }
  return { positives: Float64Array.from(counts), negatives: Float64Array.from(counts, (count) => all - count) };
}

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
const UNIT: NumberConstraint = { holds: (x) => x >= 0 && x <= 1, text: 'a number in [0, 1]', cure: alphaCure };

function alphaCure(alpha: number): string {
  if (alpha === -1) return `; null or "${OFF}" turns alpha off`;
  return alpha > 1 ? '; for larger weights take class_weights' : '';
}

function violation({ text, cure }: NumberConstraint, value: number): string {
  return `expected ${text}, got ${value}${cure?.(value) ?? ''}`;
}

/**
 * One number for all classes, or one per class, as one per class, `[classes]`.
 *
 * @param name the option's path in the request, for issues
 */
function broadcast(
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

/** Whether γ is valid with `soft_labels: "quality"`: |p − y|^γ has no finite gradient at p = y for 0 < γ < 1. */
export function isQualityGamma(gamma: number): boolean {
  return !(gamma > 0 && gamma < 1);
}

/** @param place the location of the invalid γ in the request */
export function qualityGammaIssue(gamma: number, place: Omit<ValidationIssue, 'message'>): ValidationIssue {
  return { ...place, message: `expected 0 or a number ≥ 1 with soft_labels "quality", got ${gamma}` };
}
