import { KernelParams } from '../kernel-params';
import { SoftBlock } from './soft-block';
import { optionsOf } from './soft-four';
import { areUnitsInRange, labelUnit } from './soft-range';
import { ClassPair } from '../sums';

const MIN_RATIO: f64 = 1e-10;
/** With a larger γ, products with it and its powers leave the range of float32. */
const MAX_GAMMA: f64 = 1000;

/**
 * Clears the sums of a block, and divides every α by the largest.
 *
 * @returns whether products with them and with γ are normal float32s; otherwise the block does not serve
 */
export function startBlock(params: KernelParams, block: SoftBlock): bool {
  let largest: f64 = 0;
  for (let c: u32 = 0; c < params.classes; c++) largest = max(largest, alphaOf(params, c));
  const unit = labelUnit(params) * largest;
  block.slopeUnit = unit;
  if (!areUnitsInRange(params, unit)) return false;
  memory.fill(changetype<usize>(block.sums), 0, offsetof<ClassPair>());
  for (let c: u32 = 0; c < params.classes; c++) {
    const ratio = alphaOf(params, c) / largest;
    if (ratio != 0 && ratio < MIN_RATIO) return false;
    if (load<f64>(optionsOf(params, c), offsetof<ClassPair>('gamma')) > MAX_GAMMA) return false;
    store<f32>(block.alphas + (usize(c) << 2), f32(ratio));
  }
  return true;
}

@inline
function alphaOf(params: KernelParams, c: u32): f64 {
  return load<f64>(optionsOf(params, c), offsetof<ClassPair>('positiveAlpha'));
}
