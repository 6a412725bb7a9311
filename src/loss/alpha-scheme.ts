import { z } from 'zod';
import type { LabelCounts } from './label-counts.ts';
import { listOf } from './list-of.ts';

const isCount = (item: unknown): item is number => Number.isSafeInteger(item) && (item as number) >= 0;

/** A scheme that derives α from class frequencies. Exactly one of the two fields is present. */
export const alphaSchemeSchema = z
  .strictObject({
    balanced: z
      .literal(true)
      .optional()
      .describe(
        'Sigmoid: α of a class is the share of its labels in the batch that are negative, so that both sides weigh the same. Softmax: α is N / (K n), where n of the N samples are of the class, and K classes occur.',
      ),
    effective_number: z
      .strictObject({
        beta: z
          .number()
          .min(0)
          .lt(1)
          .describe('β. With 0, all classes have the same weight; towards 1, weights approach the inverse frequency.'),
        class_counts: listOf(isCount, 'an integer from 0 to 2^53 − 1', { type: 'integer', minimum: 0 })
          .optional()
          .describe('The number of samples of each class in the data set. Default: the counts of the batch.'),
        samples: z
          .int()
          .min(0)
          .optional()
          .describe(
            'For sigmoid with `class_counts`: the number of samples that were counted. Default: the sum of `class_counts`. Required if there is one class.',
          ),
      })
      .optional()
      .describe('As `balanced`, with (1 − β^n) / (1 − β) in place of each number n of labels (Cui et al. 2019).'),
  })
  .describe('Derives alpha from class frequencies.');
export type AlphaScheme = z.output<typeof alphaSchemeSchema>;

/**
 * The α per class that balances class frequencies, `[classes]`.
 *
 * Cui et al. 2019, "Class-Balanced Loss Based on Effective Number of Samples": the effective number of n samples is
 * E_n = (1 − β^n) / (1 − β), and a class has the weight 1 / E_n. Inverse frequency is E_n = n, the limit for β → 1.
 *   sigmoid   α_c = E⁻ / (E⁺ + E⁻), so that the weights of positives and negatives are inverse to their numbers.
 *             A class without positives has 1, one without negatives 0, one with neither ½.
 *   softmax   α_c ∝ 1 / E_n, on average 1 over samples (balanced) or over classes (effective number, as in the paper).
 *             A class that does not occur has weight 1, since soft labels may still have terms on it, and is not averaged.
 */
export function alphaFromScheme(
  { effective_number }: AlphaScheme,
  activation: 'sigmoid' | 'softmax',
  { positives, negatives }: LabelCounts,
): Float64Array {
  const effective = effective_number === undefined ? (n: number) => n : effectiveNumberOf(effective_number.beta);
  if (activation === 'sigmoid') {
    return positives.map((count, c) => {
      const negative = effective(negatives[c]!);
      const both = effective(count) + negative;
      return both === 0 ? 0.5 : negative / both;
    });
  }
  return averagingOne(positives, effective, effective_number === undefined ? 'samples' : 'classes');
}

/** E_n (1 − β); no α depends on the constant factor. Computed by expm1, since 1 − β^n cancels for β near 1. */
function effectiveNumberOf(beta: number): (n: number) => number {
  const logBeta = Math.log(beta);
  return (n) => (n === 0 ? 0 : -Math.expm1(n * logBeta));
}

function averagingOne(
  counts: Float64Array,
  effective: (n: number) => number,
  over: 'samples' | 'classes',
): Float64Array {
  let members = 0;
  let total = 0;
  for (const n of counts) {
    if (n === 0) continue;
    const share = over === 'samples' ? n : 1;
    members += share;
    total += share / effective(n);
  }
  return counts.map((n) => (n === 0 ? 1 : members / total / effective(n)));
}
