import { z } from 'zod';

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

/** The parts of an answer that are not arrays. */
export const summarySchema = z.strictObject({
  loss: z.number().nullable().optional().describe('sum / denominator; null for reduction `none`.'),
  sum: z.number().optional().describe('The plain sum of the loss.'),
  denominator: z.number().describe('What `loss`, `gradients`, `hessian_diagonal` and the breakdown are divided by.'),
  counts: countsSchema,
  per_class: z.array(classBreakdownSchema).optional(),
});
export type Summary = z.output<typeof summarySchema>;
