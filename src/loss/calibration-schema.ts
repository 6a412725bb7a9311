import { z } from 'zod';
import { CALIBRATION_BINS } from './calibration.ts';

const ofBins = (what: string) =>
  z.array(z.number().nullable()).length(CALIBRATION_BINS).describe(`${what}; null in a bin without any.`);

const calibratedSchema = z.strictObject({
  counts: z
    .array(z.int().nonnegative())
    .length(CALIBRATION_BINS)
    .describe('The number of elements (softmax: samples) in each bin, without weights.'),
  mean_confidence: ofBins('The mean confidence'),
  observed_rate: ofBins('The part that is positive (softmax: whose predicted class is the labelled one)'),
  expected_calibration_error: z
    .number()
    .nullable()
    .describe(
      'The mean of |mean_confidence − observed_rate| over the bins, each by its part of the counts; null if nothing is counted.',
    ),
});
export type CalibrationOf = z.output<typeof calibratedSchema>;

export const calibrationSchema = z
  .strictObject({
    predicted: calibratedSchema.describe('Of p as predicted.'),
    posterior: calibratedSchema
      .optional()
      .describe('Of the output `posterior`; absent if the request could not have that output.'),
  })
  .describe(
    `How well confidence agrees with the labels, in ${CALIBRATION_BINS} bins of confidence: bin b is [b/${CALIBRATION_BINS}, (b+1)/${CALIBRATION_BINS}), and the last one includes 1. ` +
      'Confidence is p of each element for sigmoid, positive if y ≥ 0.5, and the largest p of each sample for softmax.',
  );
export type Calibration = z.output<typeof calibrationSchema>;
