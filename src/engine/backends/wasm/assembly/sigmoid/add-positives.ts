import { HARD } from './label-factors';
import { KernelParams } from '../kernel-params';
import { ClassPair, pairAt } from '../sums';
import { CROSS_ENTROPY, GRADIENT_L1, LOSS, PT, QUAD_SIZE } from './quads';

/**
 * Adds the positive elements of evaluated rows with class indices to the sums, and clears what `addNegativeRows` would add. An
 * element that contributes nothing has p_t = 0.
 *
 * @param c the first class of the rows
 * @param count number of classes
 */
export function addPositives(
  params: KernelParams,
  element: u32,
  sample: u32,
  rows: u32,
  rowSize: usize,
  c: u32,
  count: u32,
  form: u32,
): void {
  for (let row: u32 = 0; row < rows; row++) {
    const index = load<u32>(params.labels + (usize(sample + row) << 2)) - c;
    if (index >= count) continue; // Of another tile, or none.
    const at = params.rows + usize(row) * rowSize + usize(index >> 2) * QUAD_SIZE + (usize(index & 3) << 2);
    if (load<f32>(at, PT) == 0) continue;
    const pair = changetype<usize>(pairAt(params, (c + index) >> 1)) + (usize(index & 1) << 3);
    const factor = form == HARD ? load<f64>(pair, offsetof<ClassPair>('positiveAlpha')) : 1;
    const isPredicted = load<f32>(params.predictions + (usize(element + row * params.classes + index) << 2)) >= 0;
    addTo(pair + offsetof<ClassPair>('positiveLoss'), factor * load<f32>(at, LOSS));
    addTo(pair + offsetof<ClassPair>('positiveGradientL1'), factor * load<f32>(at, GRADIENT_L1));
    addTo(pair + offsetof<ClassPair>('positiveCrossEntropy'), -load<f32>(at, CROSS_ENTROPY)); // Its sign is the label's.
    addTo(pair + offsetof<ClassPair>('positivePt'), load<f32>(at, PT));
    addTo(pair + offsetof<ClassPair>('positiveCount'), 1);
    addTo(pair + offsetof<ClassPair>('positivePredicted'), isPredicted ? 1 : 0);
    store<f32>(at, 0, LOSS);
    store<f32>(at, 0, GRADIENT_L1);
    store<f32>(at, 0, CROSS_ENTROPY);
    store<f32>(at, 0, PT);
  }
}

@inline
function addTo(at: usize, value: f64): void {
  store<f64>(at, load<f64>(at) + value);
}
