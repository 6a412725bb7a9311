import { alongSamples } from './along-samples';
import { evaluateFloat32Block, writeAllFactors } from './float32-block';
import { float32Limit } from './float32-limit';
import { ROWS } from './quads';
import { KernelParams } from '../kernel-params';
import { TILE } from './records';
import { evaluateRemaining } from './remaining';
import { countNegatives, pairAt, startPairSums } from '../sums';

/**
 * Evaluates the outer slices in [from, to), for logits and hard labels.
 *
 * @returns false if a label is soft, or `difficulty` is requested and the float32 kernels do not serve; `generalSigmoid` does. Results
 * written so far are invalid then
 */
export function sigmoid(params: KernelParams, from: u32, to: u32): bool {
  startPairSums(params);
  const limit = float32Limit(params, from * params.inner, to * params.inner, false);
  if (params.bins && !(limit > 0)) return false;
  return evaluateSlices(params, from, to, false, limit);
}

/**
 * Likewise for labels that may be soft if the float32 kernels serve them, and as far as `limit` allows.
 *
 * @param limit that of `float32Limit`
 */
export function evaluateSlices(params: KernelParams, from: u32, to: u32, soft: bool, limit: f32): bool {
  if (params.lanesAreSamples) return alongSamples(params, from, to, soft, limit);
  for (let firstClass: u32 = 0; firstClass < params.classes; firstClass += TILE) {
    const classes = min(TILE, params.classes - firstClass);
    if (!evaluateTile(params, from, to, firstClass, classes, soft, limit)) return false;
  }
  return true;
}

/** Evaluates one tile of classes for all samples, with vector lanes along the classes. */
function evaluateTile(
  params: KernelParams,
  from: u32,
  to: u32,
  firstClass: u32,
  classes: u32,
  soft: bool,
  limit: f32,
): bool {
  const firstPair = firstClass >> 1;
  const fastClasses = limit > 0 ? classes & ~3 : 0;
  writeAllFactors(params, firstPair, fastClasses);
  for (let i: u32 = 0; i < (classes + 1) >> 1; i++) countNegatives(pairAt(params, firstPair + i), to - from);
  for (let sample = from; sample < to; sample += ROWS) {
    const rows = min(ROWS, to - sample);
    const element = sample * params.classes + firstClass;
    if (fastClasses && !evaluateFloat32Block(params, element, sample, rows, firstClass, fastClasses, soft, limit)) {
      return false;
    }
    if (fastClasses == classes) continue;
    for (let row: u32 = 0; row < rows; row++) {
      const first = element + row * params.classes + fastClasses;
      const c = firstClass + fastClasses;
      if (!evaluateRemaining(params, first, sample + row, classes - fastClasses, c, soft)) return false;
    }
  }
  return true;
}
