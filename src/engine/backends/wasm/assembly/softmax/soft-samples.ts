import { clearRow } from './clear-row';
import { evaluateGeneralRow } from './general-row';
import { KernelParams } from '../kernel-params';
import { FOUR_SIZE, SoftBlock, SoftFour } from './soft-block';
import { copyFromBlock, copyToBlock } from './soft-copies';
import { nearEdgesOfFour } from './soft-edges';
import { loadSoftFour } from './soft-exponentials';
import { addBlockGradients } from './soft-gradients';
import { addTerms } from './soft-terms';

/**
 * Evaluates up to a block of consecutive samples with labels y in [0, 1], as `evaluateGeneralRow` does, with s of the opposite
 * sign: the gradient is p_j Σ_{c≠j} s_c − s_j q_j.
 *
 * In float32 are the classes of which most samples have many: negative, and not very probable. Others are evaluated in float64,
 * in fours of samples, and samples with numbers that float32 cannot hold by `evaluateGeneralRow`.
 *
 * @param count up to the samples of the block
 */
export function evaluateSamples(params: KernelParams, block: SoftBlock, element: u32, sample: u32, count: u32): void {
  const classes = params.classes;
  let left = loadSoftBlock(params, block, element, sample, count);
  let ignored = block.ignored;
  if (block.active) {
    addTerms(params, block);
    if (params.gradients || params.allSums) addBlockGradients(params, block);
  }
  if (params.elementwise) storeLosses(params, block, sample, count);
  if (params.gradients && block.active) {
    copyFromBlock(
      block.logits,
      block.rowSize,
      params.gradients + (usize(element) << 2),
      usize(params.inner) << 2,
      params.inner > 1 ? 4 : usize(classes) << 2,
      classes,
      count,
    );
  }
  const step = params.inner > 1 ? 1 : classes;
  for (; left; left &= left - 1) evaluateGeneralRow(params, element + u32(ctz(left)) * step, sample + u32(ctz(left)));
  for (; ignored; ignored &= ignored - 1) clearRow(params, element + u32(ctz(ignored)) * step, sample + u32(ctz(ignored)));
}

/**
 * Copies up to a block of consecutive samples to the block, and computes their exponentials.
 *
 * @returns the bits of those that are left to float64
 */
export function loadSoftBlock(params: KernelParams, block: SoftBlock, element: u32, sample: u32, count: u32): u64 {
  const classes = params.classes;
  const classStep = usize(params.inner) << 2;
  const sampleStep: usize = params.inner > 1 ? 4 : usize(classes) << 2;
  const rowSize = usize((count + 3) & ~3) << 2;
  block.rowSize = rowSize;
  block.active = 0;
  const offset = usize(element) << 2;
  copyToBlock(params.predictions + offset, classStep, sampleStep, block.logits, rowSize, classes, count);
  if (params.dense) copyToBlock(params.labels + offset, classStep, sampleStep, block.labels, rowSize, classes, count);
  else memory.copy(block.labels, params.labels + (usize(sample) << 2), usize(count) << 2);
  let left: u64 = 0;
  let ignored: u64 = 0;
  for (let i: u32 = 0; i < count; i += 4) {
    const present = i32x4.lt_s(i32x4(0, 1, 2, 3), i32x4.splat(count - i));
    const bits = loadFour(params, block, fourAt(block, i), i, sample + i, present);
    left |= u64(bits & 15) << i;
    ignored |= u64(bits >> 4) << i;
  }
  block.ignored = ignored;
  return left;
}

/** As `loadSoftFour`; with `difficulty`, samples that are near an edge are left to float64 as well. */
function loadFour(params: KernelParams, block: SoftBlock, four: SoftFour, i: u32, sample: u32, present: v128): i32 {
  let excluded = i32x4.splat(0);
  while (true) {
    const bits = loadSoftFour(params, block, four, i, sample, present, excluded);
    if (!params.bins) return bits;
    const near = nearEdgesOfFour(params, block, four, i);
    if (!v128.any_true(near)) return bits;
    block.active -= popcnt(i32x4.bitmask(four.active));
    excluded = v128.or(near, v128.not(four.active)); // The logits of those that are not active have been cleared.
  }
}

@inline
function fourAt(block: SoftBlock, i: u32): SoftFour {
  return changetype<SoftFour>(block.fours + usize(i >> 2) * FOUR_SIZE);
}

function storeLosses(params: KernelParams, block: SoftBlock, sample: u32, count: u32): void {
  for (let i: u32 = 0; i < count; i++) {
    const at = changetype<usize>(fourAt(block, i)) + (usize(i & 3) << 3);
    store<f32>(params.elementwise + (usize(sample + i) << 2), f32(load<f64>(at, offsetof<SoftFour>('losses'))));
  }
}
