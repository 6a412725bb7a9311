import { z } from 'zod';

/** Bins of equal width over confidence in [0, 1]. */
export const CALIBRATION_BINS = 15;

/**
 * The tolerance at the edge of a bin, in bins: a confidence that is this little below an edge, a few roundings of a float32, counts
 * as on it.
 */
export const AT_EDGE = 2 ** -20;

/** The tolerance, relative, within which the largest posteriors of a sample count as equal: no rounding chooses one of them. */
export const EQUAL = 2 ** -30;

/** What is calibrated: p as it was predicted, and its posterior. */
export const CALIBRATED = ['predicted', 'posterior'] as const;
export type Calibrated = (typeof CALIBRATED)[number];

/**
 * Sums per bin, `[2, 15, 3]` in float64: of p as predicted and of its posterior, in each bin the count, the sum of confidences and
 * the number of positives.
 */
export type CalibrationSums = Float64Array;

const SUMS_PER_BIN = 3;
export const SUMS_OF_CALIBRATION = CALIBRATED.length * CALIBRATION_BINS * SUMS_PER_BIN;

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

/** @param hasPosterior whether the posterior has a meaning */
export function calibrationOf(sums: CalibrationSums, hasPosterior: boolean): Calibration {
  return { predicted: readBins(sums, 0), ...(hasPosterior && { posterior: readBins(sums, 1) }) };
}

function readBins(sums: CalibrationSums, index: number): CalibrationOf {
  const bins = Array.from({ length: CALIBRATION_BINS }, (_, bin) => {
    const at = (index * CALIBRATION_BINS + bin) * SUMS_PER_BIN;
    return { count: sums[at]!, confidence: sums[at + 1]!, positives: sums[at + 2]! };
  });
  const total = bins.reduce((sum, { count }) => sum + count, 0);
  const gaps = bins.reduce((sum, { confidence, positives }) => sum + Math.abs(confidence - positives), 0);
  return {
    counts: bins.map(({ count }) => count),
    mean_confidence: bins.map(({ count, confidence }) => (count === 0 ? null : confidence / count)),
    observed_rate: bins.map(({ count, positives }) => (count === 0 ? null : positives / count)),
    expected_calibration_error: total === 0 ? null : gaps / total,
  };
}
