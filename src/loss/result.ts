import { z } from 'zod';
import { calibrationSchema } from './calibration-schema.ts';
import { BINS } from './difficulty.ts';
import { warningSchema } from './warnings/warning.ts';

const share = (of: string) =>
  z.number().nullable().describe(`The class's share of the total ${of}; null if the total is 0.`);

const split = (what: string) =>
  z
    .strictObject({
      positive: z.number().describe('Of elements with y ≥ 0.5.'),
      negative: z.number().describe('Of elements with y < 0.5.'),
      total: z.number().describe('Of all elements of the class.'),
      share: share(what),
    })
    .describe(`The class's ${what}, divided by the denominator.`);

const count = () => z.int().nonnegative();

export const classCountsSchema = z.strictObject({
  class: count().describe('Class index.'),
  name: z.string().optional().describe('From `class_names`.'),
  positives: count().describe('Elements with y ≥ 0.5.'),
  negatives: count().describe('Elements with y < 0.5.'),
  ignored: count().describe('Ignored elements, which contribute nothing.'),
});
export type ClassCounts = z.output<typeof classCountsSchema>;

const classBreakdownSchema = classCountsSchema.extend({
  loss: split('focal loss'),
  cross_entropy: split('cross-entropy (with the element, sample and class weights, without focusing and alpha)'),
  gradient_l1: split('Σ |gradient|'),
  mean_pt: z
    .strictObject({
      positive: z.number().nullable().describe('The mean of p over positives.'),
      negative: z.number().nullable().describe('The mean of 1 − p over negatives.'),
    })
    .describe('The mean of p over positives and of 1 − p over negatives; null if there are none.'),
  true_positives: count().describe(
    'Positives that are predicted as positive: p ≥ 0.5 for sigmoid, the argmax for softmax.',
  ),
  false_positives: count().describe('Negatives that are predicted as positive.'),
  false_negatives: count().describe('Positives that are predicted as negative.'),
  prior: z
    .number()
    .nullable()
    .optional()
    .describe(
      "With output `posterior`: the class's part of its labels for sigmoid, of all positives for softmax; null if there are none.",
    ),
  initial_logit: z
    .number()
    .nullable()
    .optional()
    .describe(
      'With output `posterior`: the logit whose posterior is the prior, to start a bias with; null if the prior is 0, 1 (sigmoid) or null.',
    ),
});
export type ClassBreakdown = z.output<typeof classBreakdownSchema>;

export const countsSchema = z.strictObject({
  samples: count().describe('The number of samples, ignored ones included.'),
  classes: count().describe('The number of classes, C.'),
  elements: count().describe('Samples times classes.'),
  ignored: count().describe('Ignored elements, which contribute nothing.'),
  positives: count().describe('Elements with y ≥ 0.5.'),
});

const ofBins = (what: string) =>
  z
    .array(z.number())
    .length(BINS)
    .nullable()
    .describe(`The share of each bin in this side's ${what}: they add up to 1; null if the total is 0.`);

const binsSchema = z.strictObject({
  counts: z.array(count()).length(BINS).describe('The number of elements in each bin.'),
  cross_entropy: ofBins('cross-entropy (with the element, sample and class weights, without focusing and alpha)'),
  loss: ofBins('focal loss'),
  gradient_l1: ofBins('Σ |gradient|'),
});
export type Bins = z.output<typeof binsSchema>;

const difficultySchema = z
  .strictObject({
    positives: binsSchema.describe('Elements with y ≥ 0.5, by p_t = p.'),
    negatives: binsSchema.describe('Elements with y < 0.5, by p_t = 1 − p.'),
  })
  .describe(
    `The distribution of the batch by difficulty, in ${BINS} bins of p_t: bin b is [b/${BINS}, (b+1)/${BINS}), and the last one includes 1.`,
  );
export type Difficulty = z.output<typeof difficultySchema>;

export const warningsSchema = z
  .array(warningSchema)
  .optional()
  .describe('What is valid in the request and most likely a mistake; absent if there is nothing.');

/** The part of a response that is not arrays. */
export const summarySchema = z.strictObject({
  loss: z.number().nullable().optional().describe('The sum divided by the denominator; null if `reduction` is `none`.'),
  sum: z.number().optional().describe('The sum of the loss, before division.'),
  denominator: z.number().describe('The divisor of `loss`, `gradients`, `hessian_diagonal` and the breakdown.'),
  counts: countsSchema.describe('What the batch consists of.'),
  warnings: warningsSchema,
  alpha: z.array(z.number()).optional().describe('The resolved weights, one per class, if `alpha` is a scheme.'),
  per_class: z
    .array(classBreakdownSchema)
    .optional()
    .describe('The breakdown: where the loss and the gradient of the batch come from, class by class.'),
  difficulty: difficultySchema.optional(),
  calibration: calibrationSchema.optional(),
});
export type SummaryFields = z.output<typeof summarySchema>;
