import { IGNORED, KernelParams } from '../kernel-params';
import { evaluateNegativeFamilyRow } from './evaluate-family-row';
import { evaluateNegativeRow } from './evaluate-hard-row';
import { evaluateRow } from './evaluate-row';
import { needsRefining } from './float32-limit';
import { HARD } from './label-factors';
import { loadMarginRow } from './margin-labels';
import { loadNegativeMarginRow } from './margin-probabilities';
import { loadRow } from './float32-rows';
import { QUAD_SIZE } from './quads';
import { clearRow, loadNegativeRow } from './negative-rows';
import { evaluatePositives } from './positive-elements';
import { refineRow } from './refine-row';
import { hasAnyGamma } from './side-gammas';

/** Whether `evaluateIndexedRows` serves this call, where lanes are classes. */
@inline
export function servesIndices(params: KernelParams): bool {
  return !params.dense && !params.lanesAreSamples && params.addedLabel == 0 && !hasAnyGamma(params);
}

@inline
function loadNegatives(params: KernelParams, row: usize, from: usize, quads: u32, limit: f32): bool {
  if (params.margin != 0) return loadNegativeMarginRow(params, row, from, quads, limit);
  return loadNegativeRow(params, row, from, quads, limit);
}

/**
 * Loads and evaluates the rows of a block with class indices; the parameters are those of `evaluateFloat32Block`.
 *
 * @returns a bit for each row with a logit beyond the limit, as `loadRow` finds them
 */
export function evaluateIndexedRows(
  params: KernelParams,
  element: u32,
  sample: u32,
  rows: u32,
  c: u32,
  count: u32,
  limit: f32,
): u32 {
  const quads = count >> 2;
  const rowSize = usize(quads) * QUAD_SIZE;
  const refines = needsRefining(params);
  let inRange: u32 = 0;
  let outOfRange: u32 = 0;
  for (let row: u32 = 0; row < rows; row++) {
    const offset = usize(element + row * params.classes) << 2;
    const labelAt = params.labels + (usize(sample + row) << 2);
    const rowAt = params.rows + usize(row) * rowSize;
    const from = params.predictions + offset;
    const at = params.gradients ? params.gradients + offset : params.scratch;
    if (load<i32>(labelAt) == IGNORED) clearRow(params, rowAt, at, quads);
    else if (loadNegatives(params, rowAt, from, quads, limit)) {
      if (refines && params.margin == 0) refineRow(params, rowAt, from, quads, HARD);
      if (params.family) evaluateNegativeFamilyRow(params, rowAt, from, at, quads);
      else evaluateNegativeRow(params, rowAt, at, quads);
      inRange |= 1 << row;
    } else {
      if (params.margin != 0) loadMarginRow(params, rowAt, from, labelAt, count, c, limit);
      else loadRow(params, rowAt, from, labelAt, count, c, limit);
      if (refines) refineRow(params, rowAt, from, quads, HARD);
      evaluateRow(params, rowAt, from, at, 0, quads, HARD);
      outOfRange |= 1 << row;
    }
  }
  evaluatePositives(params, element, sample, inRange, rowSize, c, count, limit);
  return outOfRange;
}
