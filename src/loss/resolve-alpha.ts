import type { ValidationIssues } from '../core/validation-issues.ts';
import { type AlphaScheme, alphaFromScheme } from './alpha-scheme.ts';
import type { Batch } from './batch.ts';
import { broadcast, type NumberConstraint } from './broadcast.ts';
import type { LabelCounts } from './label-counts.ts';
import { hasUnweightedPositives, type SoftLabels } from './labelled-term.ts';
import type { Tensor } from './tensor.ts';

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

const UNIT: NumberConstraint = { holds: (x) => x >= 0 && x <= 1, text: 'a number in [0, 1]', cure: alphaCure };

function alphaCure(alpha: number): string {
  if (alpha === -1) return `; null or "${OFF}" turns alpha off`;
  return alpha > 1 ? '; for larger weights take class_weights' : '';
}
