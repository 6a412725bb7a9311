import { addToBin, LAST_NEGATIVE } from '../bins';
import { clearRow } from './clear-row';
import { evaluateGeneralRow } from './general-row';
import { KernelParams } from '../kernel-params';
import { addExponentials, divideBySums, loadRow, setRow, softRow, SoftRow } from './soft-row';
import { addSumsToBin, isRowNearEdge } from './soft-row-bins';
import { addTerms } from './soft-row-float32';
import { addGradients } from './soft-row-gradients';
import { addSingles } from './soft-row-singles';
import { evaluateSampleInFloat64, isIgnored } from './soft-sample-float64';
import { finishSingles } from './soft-single';
import { countSummedRows, flushSoftSums, MAX_WEIGHT, rowsOfBlock, softSums, TOTAL_LOSS, transposed } from './soft-sums';
import { sizeOfRow } from './softmax-remaining-classes';
import { gatherRows, scatterRows } from '../math/transpose';

// Samples whose classes are contiguous, with labels y in [0, 1] and one γ of 0, 1, 2 or 3, as `evaluateGeneralRow` evaluates them,
// with s of the opposite sign. The gradient is p_j Σ_{c≠j} s_c − s_j q_j.
//
// In float32 are the classes of which most samples have many: negative, and not very probable. The largest one and all others
// are evaluated one by one; their exponentials are 0 then. Each step is done for a few samples, so that the processor overlaps
// what is not divided into lanes.

/** Evaluates the outer slices in [from, to), with lanes along the classes; `startSoftSums` has returned true. */
export function evaluateInRows(params: KernelParams, from: u32, to: u32): void {
  const samples = params.inner > 1 ? softColumns(params, from, to) : evaluateRows(params, from * params.classes, params.classes, from, to - from);
  flushSoftSums(params, samples);
  if (params.bins) addSumsToBin(params);
}

/**
 * Evaluates consecutive samples.
 *
 * @param step how many numbers they are apart
 * @returns how many have been added to the float32 sums
 */
function evaluateRows(params: KernelParams, element: u32, step: u32, sample: u32, count: u32): u32 {
  const rows = rowsOfBlock(params);
  let added: u32 = 0;
  let waiting: u32 = 0;
  for (let i: u32 = 0; i < count; i++) {
    waiting += u32(enqueue(params, waiting, element + i * step, sample + i));
    if (waiting < rows && i + 1 < count) continue;
    added += evaluateBlock(params, waiting);
    waiting = 0;
  }
  return added;
}

/** Loads a sample as row i. @returns false if it has been evaluated, because it is ignored or float32 does not serve */
function enqueue(params: KernelParams, i: u32, element: u32, sample: u32): bool {
  if (isIgnored(params, element, sample)) {
    clearRow(params, element, sample);
    return false;
  }
  const row = setRow(params, i, element, sample);
  const isInRange = row.weight == 0 || (row.weight > 1 / MAX_WEIGHT && row.weight < MAX_WEIGHT);
  if (isInRange && loadRow(params, row)) return true;
  evaluateGeneralRow(params, element, sample);
  return false;
}

/** Evaluates the first `count` rows, which are loaded. @returns how many of them have been added to the float32 sums */
function evaluateBlock(params: KernelParams, count: u32): u32 {
  if (count == 0) return 0; // The last samples are ignored, or float64. Row 0 is not theirs.
  for (let i: u32 = 0; i < count; i++) addExponentials(params, softRow(params, i));
  for (let i: u32 = 0; i < count; i += 2) divideBySums(params, softRow(params, i), softRow(params, min(i + 1, count - 1)));
  if (params.bins && leaveToFloat64(params, softRow(params, 0))) return 0;
  for (let i: u32 = 0; i < count; i++) addSingles(params, softRow(params, i));
  for (let i: u32 = 0; i < count; i++) addTerms(params, softRow(params, i));
  for (let i: u32 = 0; i < count; i++) finishRow(params, softRow(params, i));
  if (params.allSums) countSummedRows(params, count);
  return count;
}

/** Evaluates the only row of a block in float64 if it is near an edge of the bins. */
function leaveToFloat64(params: KernelParams, row: SoftRow): bool {
  if (!isRowNearEdge(params, row)) return false;
  evaluateGeneralRow(params, row.element, row.sample);
  return true;
}

function finishRow(params: KernelParams, row: SoftRow): void {
  if (params.elementwise) store<f32>(params.elementwise + (usize(row.sample) << 2), f32(row.loss));
  if (!params.allSums) addTotalLoss(params, row.loss);
  if (!params.gradients && !params.allSums) return;
  row.slopeSum = f32(row.slopes + row.largestSlope);
  addGradients(params, row);
  finishSingles(params, row);
  if (params.bins) addToBin(params.bins, LAST_NEGATIVE, params.classes - row.singles, 0, 0);
}

/** Without sums, only the total is of interest. */
@inline
function addTotalLoss(params: KernelParams, loss: f64): void {
  const sums = softSums(params) + TOTAL_LOSS;
  store<f64>(sums, load<f64>(sums) + loss);
}

/** For classes that are not contiguous: four samples at a time are transposed. */
function softColumns(params: KernelParams, from: u32, to: u32): u32 {
  const inner = params.inner;
  let samples: u32 = 0;
  for (let outer = from; outer < to; outer++) {
    const element = outer * params.classes * inner;
    const sample = outer * inner;
    let i: u32 = 0;
    for (; i + 4 <= inner; i += 4) samples += evaluateTransposed(params, element + i, sample + i);
    for (; i < inner; i++) evaluateSampleInFloat64(params, element + i, sample + i);
  }
  return samples;
}

/** Evaluates four samples as rows: meanwhile, the tensors of `params` are transposed copies. */
function evaluateTransposed(params: KernelParams, element: u32, sample: u32): u32 {
  const classes = params.classes;
  const inner = params.inner;
  const offset = usize(element) << 2;
  const step = usize(inner) << 2;
  const rowSize = sizeOfRow(params);
  const predictions = params.predictions;
  const labels = params.labels;
  const gradients = params.gradients;
  params.predictions = transposed(params);
  gatherRows(predictions + offset, step, params.predictions, rowSize, classes);
  if (params.dense) {
    params.labels = params.predictions + 4 * rowSize;
    gatherRows(labels + offset, step, params.labels, rowSize, classes);
  }
  if (gradients) params.gradients = params.predictions + 8 * rowSize;
  params.inner = 1;
  const samples = evaluateRows(params, 0, u32(rowSize >> 2), sample, 4);
  params.inner = inner;
  if (gradients) scatterRows(params.gradients, rowSize, gradients + offset, step, classes);
  params.predictions = predictions;
  params.labels = labels;
  params.gradients = gradients;
  return samples;
}
