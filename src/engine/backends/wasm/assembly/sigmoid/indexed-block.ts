import { ANY_GAMMA, IGNORED, KernelParams } from '../kernel-params';
import { evaluateHardRow, evaluateNegativeRow } from './evaluate-hard-row';
import { needsRefining } from './float32-limit';
import { HARD } from './label-factors';
import { loadRow } from './float32-rows';
import { QUAD_SIZE } from './quads';
import { clearRow, loadNegativeRow } from './negative-rows';
import { evaluatePositives } from './positive-elements';
import { refineRow } from './refine-row';

/** Whether `evaluateIndexedRows` serves this call, where lanes are classes. */
@inline
export function servesIndices(params: KernelParams): bool {
  return !params.dense && !params.lanesAreSamples && params.addedLabel == 0 && params.halfSteps != ANY_GAMMA;
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
    else if (loadNegativeRow(params, rowAt, from, quads, limit)) {
      if (refines) refineRow(params, rowAt, from, quads, HARD);
      evaluateNegativeRow(params, rowAt, at, quads);
      inRange |= 1 << row;
    } else {
      loadRow(params, rowAt, from, labelAt, count, c, limit);
      if (refines) refineRow(params, rowAt, from, quads, HARD);
      evaluateHardRow(params, rowAt, from, at, 0, quads);
      outOfRange |= 1 << row;
    }
  }
  evaluatePositives(params, element, sample, inRange, rowSize, c, count, limit);
  return outOfRange;
}
