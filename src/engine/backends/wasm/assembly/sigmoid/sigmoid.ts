import { alongSamples } from './along-samples';
import { float32Tile } from './float32-tile';
import { KernelParams } from '../kernel-params';
import { TILE, usesFloat32FastPath, usesFloat32Negatives } from './negatives';
import { oneHotTile } from './one-hot';
import { trainingLimit } from './training-block';
import { countNegatives, pairAt, startPairSums } from '../sums';

/**
 * Evaluates the outer slices in [from, to), for logits and hard labels.
 *
 * @returns false if a label is soft, which `generalSigmoid` serves; results written so far are invalid then
 */
export function sigmoid(params: KernelParams, from: u32, to: u32): bool {
  startPairSums(params);
  if (params.lanesAreSamples) return alongSamples(params, from, to, false);
  for (let firstClass: u32 = 0; firstClass < params.classes; firstClass += TILE) {
    if (!evaluateTile(params, from, to, firstClass, min(TILE, params.classes - firstClass), false)) return false;
  }
  return true;
}

/** Likewise for labels that may be soft, as far as the float32 fast path serves them; `generalSigmoid` serves all. */
export function softSigmoid(params: KernelParams, from: u32, to: u32): void {
  if (params.lanesAreSamples) {
    alongSamples(params, from, to, true);
    return;
  }
  for (let firstClass: u32 = 0; firstClass < params.classes; firstClass += TILE) {
    evaluateTile(params, from, to, firstClass, min(TILE, params.classes - firstClass), true);
  }
}

/** Evaluates one tile of classes for all samples, with vector lanes along the classes. */
function evaluateTile(
  params: KernelParams,
  from: u32,
  to: u32,
  firstClass: u32,
  classes: u32,
  soft: bool,
): bool {
  const firstPair = firstClass >> 1;
  let samples = to - from;
  const limit = trainingLimit(params, samples, firstPair, classes & ~3);
  const negativesFirst =
    limit < 0 && !soft && !params.dense && (usesFloat32Negatives(params) || !usesFloat32FastPath(params, samples));
  if (negativesFirst) samples = oneHotTile(params, from, to, firstClass, classes);
  else if (!float32Tile(params, from, to, firstClass, classes, soft, limit)) return false;
  for (let i: u32 = 0; i < (classes + 1) >> 1; i++) countNegatives(pairAt(params, firstPair + i), samples);
  return true;
}
