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

export const SUMS_PER_BIN = 3;
export const SUMS_OF_CALIBRATION = CALIBRATED.length * CALIBRATION_BINS * SUMS_PER_BIN;
