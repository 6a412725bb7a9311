import type { Batch } from '../loss/batch.ts';
import { CALIBRATED, CALIBRATION_BINS, type Calibrated } from '../loss/calibration.ts';
import type { Calibration } from '../loss/calibration-schema.ts';
import type { ResponseTensor } from './response-tensors.ts';

interface CalibrationTensor {
  readonly name: string;
  readonly dtype: 'I64' | 'F64';
  readonly length: number;
  readonly of: Calibrated;
  readonly read: (calibration: Calibration) => readonly (number | null)[];
}

/** The bins of calibration: counts as I64, all else as F64; null where nothing is counted. */
export const CALIBRATION_TENSORS: readonly CalibrationTensor[] = CALIBRATED.flatMap((of) => [
  {
    name: `calibration.${of}.counts`,
    dtype: 'I64',
    length: CALIBRATION_BINS,
    of,
    read: (calibration) => calibration[of]!.counts,
  },
  ...(['mean_confidence', 'observed_rate'] as const).map(
    (field): CalibrationTensor => ({
      name: `calibration.${of}.${field}`,
      dtype: 'F64',
      length: CALIBRATION_BINS,
      of,
      read: (calibration) => calibration[of]![field],
    }),
  ),
  {
    name: `calibration.${of}.expected_calibration_error`,
    dtype: 'F64',
    length: 1,
    of,
    read: (calibration) => [calibration[of]!.expected_calibration_error],
  },
]);

/** The tensors of shape `[15]`, one number per bin, and their errors, if the batch requests them: of the posterior if it has one. */
export function calibrationTensors({ outputs, posteriorOffsets }: Batch): ResponseTensor[] {
  if (!outputs.includes('calibration')) return [];
  return CALIBRATION_TENSORS.filter(({ of }) => of === 'predicted' || posteriorOffsets !== undefined).map(
    ({ name, dtype, length }) => ({ name, dtype, shape: [length], length }),
  );
}
