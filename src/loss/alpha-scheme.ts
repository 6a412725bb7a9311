import { z } from 'zod';
import type { LabelCounts } from './label-counts.ts';
import { listOf } from './list-of.ts';

const isCount = (item: unknown): item is number => Number.isSafeInteger(item) && (item as number) >= 0;

/** How alpha comes from how often classes occur, instead of being given. Exactly one of the two fields is there. */
export const alphaSchemeSchema = z
  .strictObject({
    balanced: z.literal(true).optional().describe('Inverse frequency in the batch.'),
    effective_number: z
      .strictObject({
        beta: z
          .number()
          .min(0)
          .lt(1)
          .describe('β: 0 weighs classes alike whatever their counts; towards 1 it becomes the inverse frequency.'),
        class_counts: listOf(isCount, 'an integer from 0 to 2^53 − 1', { type: 'integer', minimum: 0 })
          .optional()
          .describe('How often each class occurs in the data set; default: as often as in the batch.'),
        samples: z
          .int()
          .min(0)
          .optional()
          .describe('Sigmoid with `class_counts`: of how many samples these are; default: their sum.'),
      })
      .optional()
      .describe('(1 − β) / (1 − β^n) for a class that occurs n times (Cui et al. 2019).'),
  })
  .meta({
    description: 'How alpha comes from how often classes occur.',
    minProperties: 1,
    maxProperties: 1,
  });
export type AlphaScheme = z.output<typeof alphaSchemeSchema>;

/**
 * The α per class that balances how often classes occur, `[classes]`.
 *
 * Cui et al. 2019, "Class-Balanced Loss Based on Effective Number of Samples": n samples count for
 * E_n = (1 − β^n) / (1 − β), and a class is weighed by 1 / E_n. Inverse frequency is E_n = n, its limit for β → 1.
 *   sigmoid   α_c = E⁻ / (E⁺ + E⁻): of a class's two sides each is weighed by the inverse of the other's number.
 *             A class without positives has 1, one without negatives 0, one with neither ½.
 *   softmax   α_c ∝ 1 / E_n, on average 1 over samples (balanced) or over classes (effective number, as in the paper).
 *             A class that does not occur weighs 1 and is left out of the average: soft labels may still have terms on it.
 */
export function alphaFromScheme(
  { effective_number }: AlphaScheme,
  activation: 'sigmoid' | 'softmax',
  { positives, negatives }: LabelCounts,
): Float64Array {
  const effective = effective_number === undefined ? (n: number) => n : effectiveNumberOf(effective_number.beta);
  if (activation === 'sigmoid') {
    return positives.map((count, c) => {
      const others = effective(negatives[c]!);
      const both = effective(count) + others;
      return both === 0 ? 0.5 : others / both;
    });
  }
  return averagingOne(positives, effective, effective_number === undefined ? 'samples' : 'classes');
}

/** E_n (1 − β), whose constant factor no α depends on. As 1 − β^n it would cancel where β is nearly 1. */
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
