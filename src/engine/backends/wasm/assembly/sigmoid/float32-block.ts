import { KernelParams, VARIFOCAL } from '../kernel-params';
import { pairAt } from '../sums';
import { evaluateRow } from './evaluate-row';
import { needsRefining } from './float32-limit';
import { loadRow, SOFT } from './float32-rows';
import { loadSoftRow, POSITIVE } from './load-soft-row';
import { loadMarginRow } from './margin-labels';
import { QUAD_SIZE, SPARE_GRADIENTS } from './quads';
import { addPositives } from './add-positives';
import { addNegativeRows, addRows } from './float32-sums';
import { HARD, SOFT_LABELS, writeFactors } from './label-factors';
import { evaluateIndexedRows, servesIndices } from './indexed-block';
import { isOutOfRange, OUT_OF_RANGE } from './out-of-range';
import { writePolyFactors } from './poly-factors';
import { evaluateRemaining } from './remaining';
import { refineRow } from './refine-row';
import { clearTinyLabels, hasTinyLabel } from './tiny-labels';
import { weighRow, writeOutputs } from './row-outputs';

/**
 * Prepares the factors of classes for `evaluateFloat32Block`.
 *
 * @param firstPair as in `addRows`
 * @param classes number of classes; 1 if lanes are samples
 */
export function writeAllFactors(params: KernelParams, firstPair: u32, classes: u32): void {
  const quads = (classes + 3) >> 2;
  for (let form = HARD; form <= SOFT_LABELS; form++) writeFactors(params, firstPair, quads, form);
  if (params.polyEpsilon != 0) writePolyFactors(params, firstPair, quads);
}

/**
 * Evaluates contiguous classes of up to ROWS samples, or samples of one class, whose number is a multiple of 4.
 *
 * @param c the class of the first element
 * @param soft whether labels may be soft
 * @param limit that of `float32Limit`; vectors of four with a larger |x| are evaluated in float64
 * @returns false if a label is soft where none may be; nothing is written then
 */
export function evaluateFloat32Block(
  params: KernelParams,
  element: u32,
  sample: u32,
  rows: u32,
  c: u32,
  count: u32,
  soft: bool,
  limit: f32,
): bool {
  const quads = count >> 2;
  const rowSize = usize(quads) * QUAD_SIZE;
  const firstPair = params.lanesAreSamples ? c : c >> 1;
  let form = params.addedLabel == 0 ? HARD : SOFT_LABELS;
  if (form == HARD && soft && params.dense) {
    if (params.softLabels >= VARIFOCAL || startSoft(params.labels + (usize(element) << 2), count)) form = SOFT_LABELS;
  }
  let allNegative = form == SOFT_LABELS;
  const byIndex = servesIndices(params);
  let outOfRange = byIndex ? evaluateIndexedRows(params, element, sample, rows, c, count, limit) : 0;
  for (let row: u32 = byIndex ? rows : 0; row < rows; ) {
    const offset = usize(element + row * params.classes) << 2;
    const labelsAt = params.labels + (params.dense ? offset : usize(sample + row) << 2);
    const rowAt = params.rows + usize(row) * rowSize;
    const from = params.predictions + offset;
    const found =
      form != HARD
        ? loadSoftRow(params, rowAt, from, labelsAt, count, c, limit)
        : params.margin != 0
          ? loadMarginRow(params, rowAt, from, labelsAt, count, c, limit)
          : loadRow(params, rowAt, from, labelsAt, count, c, limit);
    if (found == SOFT) {
      if (!soft) return false;
      form = SOFT_LABELS; // Of all rows, from the first.
      allNegative = true;
      row = 0;
      continue;
    }
    if (found & OUT_OF_RANGE) outOfRange |= 1 << row;
    if (params.minLabel > 0 && clearTinyLabels(rowAt, labelsAt, quads, f32(params.minLabel))) outOfRange |= 1 << row;
    allNegative = allNegative && !(found & POSITIVE);
    row += 1;
  }
  const refines = needsRefining(params);
  const needsOutputs = params.elementwise || params.gradientSquares || params.bins;
  for (let row: u32 = 0; row < rows; row++) {
    const offset = usize(element + row * params.classes) << 2;
    const rowAt = params.rows + usize(row) * rowSize;
    const at = params.gradients ? params.gradients + offset : params.rows + SPARE_GRADIENTS;
    if (!byIndex) {
      if (refines) refineRow(params, rowAt, params.predictions + offset, quads, form);
      evaluateRow(params, rowAt, params.predictions + offset, at, firstPair, quads, form);
    }
    if (params.sampleWeights || params.elementWeights) weighRow(params, rowAt, at, offset, sample + row, quads);
    if (needsOutputs) writeOutputs(params, rowAt, offset, firstPair, quads, form);
  }
  const from = params.predictions + (usize(element) << 2);
  if (allNegative) addNegativeRows(params, from, rows, rowSize, firstPair, quads, form);
  else if (params.dense || params.lanesAreSamples) addRows(params, from, rows, rowSize, firstPair, quads, form);
  else {
    addPositives(params, element, sample, rows, rowSize, c, count, form);
    addNegativeRows(params, from, rows, rowSize, firstPair, quads, form);
  }
  for (let row: u32 = 0; outOfRange; row++, outOfRange >>= 1) {
    if (outOfRange & 1) evaluateOutOfRange(params, element + row * params.classes, sample + row, c, count, soft, limit);
  }
  return true;
}

/** Whether one of the first labels is soft. Others are found when they are loaded, which then has been for nothing. */
function startSoft(labels: usize, count: u32): bool {
  const ZERO = f32x4.splat(0);
  const ONE = f32x4.splat(1);
  let soft = ZERO;
  for (let i: u32 = 0; i < min(count, 64); i += 4) {
    const label = v128.load(labels + (usize(i) << 2));
    soft = v128.or(soft, v128.and(f32x4.gt(label, ZERO), f32x4.ne(label, ONE)));
  }
  return v128.any_true(soft);
}

/** Evaluates the vectors of a row that `loadRow`, `loadSoftRow` or `clearTinyLabels` has cleared. */
function evaluateOutOfRange(
  params: KernelParams,
  element: u32,
  sample: u32,
  c: u32,
  count: u32,
  soft: bool,
  limit: f32,
): void {
  for (let i: u32 = 0; i < count; i += 4) {
    const isBeyond = isOutOfRange(v128.load(params.predictions + (usize(element + i) << 2)), limit);
    if (!isBeyond && !hasTinyLabel(params, element + i)) continue;
    const alongSamples = params.lanesAreSamples != 0;
    evaluateRemaining(params, element + i, alongSamples ? sample + i : sample, 4, alongSamples ? c : c + i, soft);
    // `addRows` counts them as ignored, and `countNegatives` as negative, which `evaluateRemaining` expects.
    for (let half: u32 = 0; half < 2; half++) {
      const pair = pairAt(params, alongSamples ? c : ((c + i) >> 1) + half);
      pair.negativeCount = f64x2.add(pair.negativeCount, f64x2.splat(1));
    }
  }
}
