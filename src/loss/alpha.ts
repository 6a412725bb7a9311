import type { ValidationIssues } from '../core/validation-issues.ts';
import { type AlphaScheme, alphaFromScheme } from './alpha-scheme.ts';
import type { Batch } from './batch.ts';
import { broadcast, UNIT } from './broadcast.ts';
import type { LabelCounts } from './label-counts.ts';
import type { Tensor } from './tensor.ts';

/** α in a request: a number for all classes, one per class, `null` for off, or a scheme that derives it. */
export type AlphaChoice = number | Tensor | AlphaScheme | null;

/** The facts about a batch that α may depend on. */
export interface AlphaContext {
  readonly activation: Batch['activation'];
  readonly classes: number;
  countLabels(): LabelCounts;
  readonly issues: ValidationIssues;
}

/** α per class, `[classes]`; undefined if it is off. */
export type ResolvedAlpha =
  | { readonly weights: Float64Array | undefined; readonly fromScheme: false }
  | { readonly weights: Float64Array; readonly fromScheme: true };

/** The default of `alpha`. */
export const DEFAULT_ALPHA = { sigmoid: 0.25, softmax: null } as const;

/**
 * Broadcasts α over the classes, or derives it from class frequencies.
 *
 * @param place the option's path in the request, for issues
 */
export function resolveAlpha(place: string, given: AlphaChoice | undefined, context: AlphaContext): ResolvedAlpha {
  const { activation, classes, issues } = context;
  const alpha = given === undefined ? DEFAULT_ALPHA[activation] : given;
  if (alpha === null) return { weights: undefined, fromScheme: false };
  if (typeof alpha === 'object' && !('values' in alpha)) {
    const counts = countsFor(place, alpha, context);
    return { weights: alphaFromScheme(alpha, activation, counts), fromScheme: true };
  }
  return { weights: broadcast(place, alpha, classes, UNIT, issues), fromScheme: false };
}

/** The weights of positives and negatives per class: α and 1 − α, or 1 if α is off, times the class weights. */
export function classSideWeights(weights: Float64Array | undefined, classWeights: Float64Array): Batch['alpha'] {
  if (weights === undefined) return { positive: classWeights, negative: classWeights };
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
  }
  const all = samples ?? counts.reduce((sum, count) => sum + count, 0);
  const tooMany = counts.findIndex((count) => count > all);
  if (activation === 'sigmoid' && tooMany >= 0) {
    addIssue('samples', `expected at least ${counts[tooMany]}, as many as class ${tooMany} has; got ${all}`);
  }
  return { positives: Float64Array.from(counts), negatives: Float64Array.from(counts, (count) => all - count) };
}
