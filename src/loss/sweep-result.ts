import { z } from 'zod';
import { classCountsSchema, countsSchema, warningsSchema } from './result.ts';

const share = (description: string) => z.number().nullable().describe(`${description}; null if the total is 0.`);
const shares = (of: string) =>
  z.array(z.number().nullable()).describe(`The share of each class in the total ${of}; null if the total is 0.`);

/** The results of one γ with one α. */
const sweepPointSchema = z.strictObject({
  gamma: z.number().describe('Focusing parameter γ of this pair.'),
  alpha: z.unknown().describe('As in the request.'),
  alpha_weights: z
    .array(z.number())
    .optional()
    .describe('The resolved weights, one per class, if `alpha` is a scheme.'),
  loss: z.number().describe('The sum of the loss, divided by the denominator.'),
  positive_share: z
    .strictObject({ loss: share('The share of the loss'), gradient_l1: share('The share of Σ |gradient|') })
    .describe('The share of elements with y ≥ 0.5.'),
  gradient_norm: z.number().describe('The Euclidean norm of the gradients, divided by the denominator.'),
  effective_examples: z
    .number()
    .nullable()
    .describe(
      'The effective sample size (Kish) of the gradient: (Σ |gradient|)² / Σ gradient², the number of equal elements that ' +
        'would give the same ratio; null if the gradient is 0.',
    ),
  class_loss_shares: shares('loss'),
  class_gradient_shares: shares('Σ |gradient|'),
});
export type SweepPoint = z.output<typeof sweepPointSchema>;

/** The part of a sweep's response that is computed from the evaluations. */
export const sweepSummarySchema = z.strictObject({
  counts: countsSchema.describe('What the batch consists of.'),
  warnings: warningsSchema,
  denominator: z.number().describe('The divisor of `loss`, `cross_entropy` and `gradient_norm`.'),
  cross_entropy: z
    .number()
    .describe(
      'Cross-entropy with the element, sample and class weights, without focusing and alpha, divided by the denominator.',
    ),
  classes: z.array(classCountsSchema).describe('The labels of each class.'),
  grid: z
    .array(sweepPointSchema)
    .describe('Every gamma with every alpha: all alphas of the first gamma, then those of the next.'),
});
