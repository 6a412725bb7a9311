import { z } from 'zod';
import { BINS } from './difficulty.ts';

const share = (of: string) =>
  z.number().nullable().describe(`This class's part of all classes' ${of}; null if that is 0.`);

const split = (what: string) =>
  z
    .strictObject({
      positive: z.number().describe('From elements with y ≥ 0.5.'),
      negative: z.number().describe('From elements with y < 0.5.'),
      total: z.number(),
      share: share(what),
    })
    .describe(`The class's ${what}, divided by the denominator.`);

const count = () => z.int().nonnegative();

export const classBreakdownSchema = z.strictObject({
  class: count().describe('Class index.'),
  name: z.string().optional().describe('From `class_names`.'),
  positives: count().describe('Elements with y ≥ 0.5.'),
  negatives: count().describe('Elements with y < 0.5.'),
  ignored: count().describe('Elements that contribute nothing.'),
  loss: split('focal loss'),
  cross_entropy: split('cross-entropy (sample and class weights, no focusing, no alpha)'),
  gradient_l1: split('Σ |gradient|'),
  mean_pt: z
    .strictObject({ positive: z.number().nullable(), negative: z.number().nullable() })
    .describe('Mean of p over positives and of 1 − p over negatives; null where there are none.'),
  true_positives: count().describe('Positives predicted positive: p ≥ 0.5 for sigmoid, argmax for softmax.'),
  false_positives: count(),
  false_negatives: count(),
});
export type ClassBreakdown = z.output<typeof classBreakdownSchema>;
export type Split = ClassBreakdown['loss'];

export const countsSchema = z.strictObject({
  samples: count().describe('Positions outside the class axis.'),
  classes: count(),
  elements: count().describe('(sample, class) pairs.'),
  ignored: count().describe('Elements that contribute nothing.'),
  positives: count().describe('Elements with y ≥ 0.5.'),
});

const ofBins = (what: string) =>
  z
    .array(z.number())
    .length(BINS)
    .nullable()
    .describe(`Each bin's part of this side's ${what}, so that they add up to 1; null if that is 0.`);

const binsSchema = z.strictObject({
  counts: z.array(count()).length(BINS).describe('Elements.'),
  cross_entropy: ofBins('cross-entropy (sample and class weights, no focusing, no alpha)'),
  loss: ofBins('focal loss'),
  gradient_l1: ofBins('Σ |gradient|'),
});
export type Bins = z.output<typeof binsSchema>;

export const difficultySchema = z
  .strictObject({
    positives: binsSchema.describe('Elements with y ≥ 0.5, by p.'),
    negatives: binsSchema.describe('Elements with y < 0.5, by 1 − p.'),
  })
  .describe(
    `How hard the batch is: ${BINS} bins of p_t. Bin b has p_t from b/${BINS} up to, not including, (b+1)/${BINS}, the last one also 1.`,
  );
export type Difficulty = z.output<typeof difficultySchema>;

/** The parts of an answer that are not arrays. */
export const summarySchema = z.strictObject({
  loss: z.number().nullable().optional().describe('sum / denominator; null for reduction `none`.'),
  sum: z.number().optional().describe('The plain sum of the loss.'),
  denominator: z.number().describe('What `loss`, `gradients`, `hessian_diagonal` and the breakdown are divided by.'),
  counts: countsSchema,
  alpha: z.array(z.number()).optional().describe('One per class, where `alpha` was a scheme: what came of it.'),
  per_class: z.array(classBreakdownSchema).optional(),
  difficulty: difficultySchema.optional(),
});
export type Summary = z.output<typeof summarySchema>;
