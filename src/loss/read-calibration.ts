import { CALIBRATION_BINS, type CalibrationSums, SUMS_PER_BIN } from './calibration.ts';
import type { Calibration, CalibrationOf } from './calibration-schema.ts';

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
