import { KernelParams } from '../kernel-params';
import { evaluatePositiveFamilyRow } from './evaluate-family-row';
import { evaluateNegativeRow } from './evaluate-hard-row';
import { needsRefining } from './float32-limit';
import { POLY_LOW, POLY_SIZE, POSITIVE_POLY } from './poly-factors';
import { CROSS_ENTROPY, FACTORS, GRADIENT_L1, LOSS, POLYS, POSITIVES, PT, QUAD_SIZE, ROWS } from './quads';
import { FACTORS_SIZE, HARD, POSITIVE } from './label-factors';
import { loadNegativeRow } from './negative-rows';
import { refineRow } from './refine-row';

// The positive elements of a block, one of each sample, are evaluated together: with z = −x they are as negative ones. Their
// row is followed by z, by gradients that go nowhere, and by the factors of Poly-1.
const QUADS: u32 = ROWS >> 2;
const Z: usize = usize(QUADS) * QUAD_SIZE;
const GRADIENTS: usize = Z + 4 * usize(ROWS);
const POLYS_OF_ROWS: usize = GRADIENTS + 4 * usize(ROWS);

/**
 * Evaluates the positive elements of rows with class indices, which have been evaluated as if they were negative.
 *
 * @param rows a bit for each row that is to be
 * @param c the first class of the rows
 * @param count number of classes
 */
export function evaluatePositives(
  params: KernelParams,
  element: u32,
  sample: u32,
  rows: u32,
  rowSize: usize,
  c: u32,
  count: u32,
  limit: f32,
): void {
  const positives = params.rows + POSITIVES;
  const labels = params.labels + (usize(sample) << 2);
  for (let row: u32 = 0; row < ROWS; row++) {
    let z: f32 = 0;
    if (rows & (1 << row)) {
      const index = load<u32>(labels + (usize(row) << 2)) - c;
      if (index < count) {
        z = -load<f32>(params.predictions + (usize(element + row * params.classes + index) << 2));
        const from = params.rows + POLYS + usize(index >> 2) * POLY_SIZE + (usize(index & 3) << 2);
        const to = laneOf(positives + POLYS_OF_ROWS, row);
        store<f32>(to, load<f32>(from, POSITIVE_POLY));
        store<f32>(to, load<f32>(from, POSITIVE_POLY + POLY_LOW), POLY_LOW);
      }
    }
    store<f32>(positives + (usize(row) << 2), z, Z);
  }
  loadNegativeRow(params, positives, positives + Z, QUADS, limit);
  if (needsRefining(params)) refineRow(params, positives, positives + Z, QUADS, HARD);
  if (params.family) evaluatePositiveFamilyRow(params, positives, positives + GRADIENTS, QUADS, positives + POLYS_OF_ROWS);
  else evaluateNegativeRow(params, positives, positives + GRADIENTS, QUADS);
  for (let row: u32 = 0; row < ROWS; row++) {
    if (!(rows & (1 << row))) continue;
    const index = load<u32>(labels + (usize(row) << 2)) - c;
    if (index >= count) continue; // Of another tile, or none.
    const from = laneOf(positives, row);
    const to = laneOf(params.rows + usize(row) * rowSize, index);
    const slope = load<f32>(from, GRADIENT_L1);
    store<f32>(to, load<f32>(from, LOSS), LOSS);
    store<f32>(to, slope, GRADIENT_L1);
    store<f32>(to, -load<f32>(from, CROSS_ENTROPY), CROSS_ENTROPY); // Its sign is the label's.
    store<f32>(to, load<f32>(from, PT), PT);
    if (!params.gradients) continue;
    const factor = load<f32>(params.rows + FACTORS + usize(index >> 2) * FACTORS_SIZE + (usize(index & 3) << 2), POSITIVE);
    store<f32>(params.gradients + (usize(element + row * params.classes + index) << 2), slope * factor);
  }
}

/** The first number of an element in a row. */
@inline
function laneOf(row: usize, index: u32): usize {
  return row + usize(index >> 2) * QUAD_SIZE + (usize(index & 3) << 2);
}
