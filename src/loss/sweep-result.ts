import { z } from 'zod';
import { classBreakdownSchema, countsSchema } from './result.ts';

const share = (description: string) => z.number().nullable().describe(`${description}; null if all of it is 0.`);
const shares = (of: string) =>
  z.array(z.number().nullable()).describe(`Each class's part of all classes' ${of}; null if that is 0.`);

const sweepClassSchema = classBreakdownSchema.pick({
  class: true,
  name: true,
  positives: true,
  negatives: true,
  ignored: true,
});
export type SweepClass = z.output<typeof sweepClassSchema>;

/** What comes of one γ with one α. */
export const sweepPointSchema = z.strictObject({
  gamma: z.number(),
  alpha: z.unknown().describe('As it was sent.'),
  alpha_weights: z.array(z.number()).optional().describe('One per class, where `alpha` is a scheme: what came of it.'),
  loss: z.number().describe('The sum of the loss, divided by the denominator.'),
  positive_share: z
    .strictObject({ loss: share('Of the loss'), gradient_l1: share('Of Σ |gradient|') })
    .describe('The part of it that elements with y ≥ 0.5 have.'),
  gradient_norm: z.number().describe('The Euclidean norm of the gradients, divided by the denominator.'),
  effective_examples: z
    .number()
    .nullable()
    .describe(
      '(Σ |gradient|)² / Σ gradient²: of how many equal elements the gradient might as well be (Kish); null if it is 0.',
    ),
  class_loss_shares: shares('loss'),
  class_gradient_shares: shares('Σ |gradient|'),
});
export type SweepPoint = z.output<typeof sweepPointSchema>;

/** The parts of a sweep's answer that come from the evaluations. */
export const sweepSummarySchema = z.strictObject({
  counts: countsSchema,
  denominator: z.number().describe('What `loss`, `cross_entropy` and `gradient_norm` are divided by.'),
  cross_entropy: z.number().describe('With sample and class weights; no focusing, no alpha.'),
  classes: z.array(sweepClassSchema),
  grid: z
    .array(sweepPointSchema)
    .describe('Every gamma with every alpha: all alphas of the first gamma, then the next.'),
});
