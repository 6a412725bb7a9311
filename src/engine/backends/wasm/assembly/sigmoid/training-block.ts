import { KernelParams } from '../kernel-params';
import { isTraining } from './sigmoid-pair';
import { usesFloat32FastPath } from './negatives';
import { pairAt } from '../sums';
import { MAX_EXP_ARGUMENT } from '../math/softplus';
import { evaluateRow, HARD, SMOOTHED, SOFT_LABELS, writeFactors } from './evaluate-row';
import { addNegativeRows, addPositives, addRows } from './training-sums';
import { loadRow, QUAD_SIZE, SOFT } from './training-rows';

/** Powers multiply the error of E, and float32 terms leave room for γ = 3. */
const MAX_HALF_STEPS: i32 = 6;

// Within these bounds all that is float32 is a normal number: |x| (γ + 1) of a loss, 1 / denominator, and α by class weight.
const MAX_EXPONENT: f32 = 66;
const MIN_SCALE: f64 = 1e-25;
const MIN_ALPHA: f64 = 1e-8;
const MAX_FACTOR: f64 = 1e12;

/**
 * Prepares the factors of classes for `trainingBlock`.
 *
 * @param firstPair as in `addRows`
 * @param classes a multiple of 4; 1 if lanes are samples
 * @returns the largest |x| that it evaluates, or −1 if it does not serve this call
 */
export function trainingLimit(params: KernelParams, samples: u32, firstPair: u32, classes: u32): f32 {
  if (!isTraining(params) || params.sampleWeights || !usesFloat32FastPath(params, samples)) return -1;
  if (params.halfSteps > MAX_HALF_STEPS || classes == 0 || !(params.scale >= MIN_SCALE && params.scale <= MAX_FACTOR)) return -1;
  for (let i: u32 = 0; i < (classes + 1) >> 1; i++) {
    const pair = pairAt(params, firstPair + i);
    if (!isModerate(pair.positiveAlpha) || !isModerate(pair.negativeAlpha)) return -1;
  }
  for (let form = HARD; form <= SOFT_LABELS; form++) writeFactors(params, firstPair, (classes + 3) >> 2, form);
  return min(MAX_EXP_ARGUMENT, MAX_EXPONENT / (1 + f32(params.halfSteps) / 2));
}

function isModerate(alphas: v128): bool {
  return isAlpha(f64x2.extract_lane(alphas, 0)) && isAlpha(f64x2.extract_lane(alphas, 1));
}

function isAlpha(alpha: f64): bool {
  return alpha == 0 || (alpha >= MIN_ALPHA && alpha <= MAX_FACTOR);
}

/**
 * Evaluates contiguous classes of up to TRAINING_ROWS samples, or samples of one class, whose number is a multiple of 4.
 *
 * @param c the class of the first element
 * @param limit of |x|
 * @returns false if a label is soft where none may be, or a logit is beyond the limit; nothing is written then
 */
export function trainingBlock(
  params: KernelParams,
  element: u32,
  sample: u32,
  rows: u32,
  c: u32,
  count: u32,
  soft: bool,
  limit: f32,
): bool {
  const form = loadRows(params, element, sample, rows, c, count, soft, limit);
  if (form == REJECTED) return false;
  const quads = count >> 2;
  const rowSize = usize(quads) * QUAD_SIZE;
  for (let row: u32 = 0; row < rows; row++) {
    const at = params.gradients + (usize(element + row * params.classes) << 2);
    evaluateRow(params, params.rows + usize(row) * rowSize, at, quads, form);
  }
  const from = params.predictions + (usize(element) << 2);
  const firstPair = params.lanesAreSamples ? c : c >> 1;
  if (params.dense || params.lanesAreSamples) addRows(params, from, rows, rowSize, firstPair, quads, form);
  else {
    addPositives(params, element, sample, rows, rowSize, c, count, form);
    addNegativeRows(params, from, rows, rowSize, firstPair, quads, form);
  }
  return true;
}

const REJECTED: u32 = 3;

/** Loads rows, as hard labels if all of them are, and returns their form, or REJECTED. */
function loadRows(
  params: KernelParams,
  element: u32,
  sample: u32,
  rows: u32,
  c: u32,
  count: u32,
  soft: bool,
  limit: f32,
): u32 {
  let asSoft = false;
  let row: u32 = 0;
  while (row < rows) {
    const offset = usize(element + row * params.classes) << 2;
    const labelsAt = params.labels + (params.dense ? offset : usize(sample + row) << 2);
    const rowAt = params.rows + usize(row) * usize(count) * 16;
    const found = loadRow(params, rowAt, params.predictions + offset, labelsAt, count, c, asSoft, limit);
    if (found == 0) row += 1;
    else if (found == SOFT && soft) {
      asSoft = true;
      row = 0;
    } else return REJECTED;
  }
  return asSoft ? SOFT_LABELS : params.addedLabel == 0 ? HARD : SMOOTHED;
}
