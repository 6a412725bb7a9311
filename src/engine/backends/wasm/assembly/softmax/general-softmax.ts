import { clearRow } from './clear-row';
import { evaluateGeneralRow } from './general-row';
import { IGNORED, KernelParams } from '../kernel-params';
import { evaluateSoftRow } from './soft-row-float32';
import { addRowSums, flushSoftSums, startSoftSums, transposed } from './soft-sums';
import { evaluateProbabilities } from './probability-row';
import { sizeOfRow } from './softmax-remaining-classes';
import { startPairSums } from '../sums';
import { gatherRows, scatterRows } from '../math/transpose';

/** Evaluates the outer slices in [from, to), for labels in [0, 1], from logits or probabilities. */
export function generalSoftmax(params: KernelParams, from: u32, to: u32): void {
  startPairSums(params);
  if (usesFloat32(params) && startSoftSums(params)) {
    const samples = params.inner > 1 ? softColumns(params, from, to) : softRows(params, from, to);
    flushSoftSums(params, samples);
    return;
  }
  for (let outer = from; outer < to; outer++) {
    const element = outer * params.classes * params.inner;
    for (let i: u32 = 0; i < params.inner; i++) evaluateInFloat64(params, element + i, outer * params.inner + i);
  }
}

function evaluateInFloat64(params: KernelParams, element: u32, sample: u32): void {
  if (isIgnored(params, element, sample)) clearRow(params, element, sample);
  else if (params.probabilities) evaluateProbabilities(params, element, sample);
  else evaluateGeneralRow(params, element, sample);
}

/** @returns how many samples have been added to the float32 sums */
function softRows(params: KernelParams, from: u32, to: u32): u32 {
  let samples: u32 = 0;
  for (let sample = from; sample < to; sample++) {
    samples += u32(evaluateSoftSample(params, sample * params.classes, sample));
    addRowSums(params, samples);
  }
  return samples;
}

/** As `softRows`, for classes that are not contiguous: four samples at a time are transposed. */
function softColumns(params: KernelParams, from: u32, to: u32): u32 {
  const inner = params.inner;
  let samples: u32 = 0;
  for (let outer = from; outer < to; outer++) {
    const element = outer * params.classes * inner;
    const sample = outer * inner;
    let i: u32 = 0;
    for (; i + 4 <= inner; i += 4) {
      samples += evaluateTransposed(params, element + i, sample + i);
      addRowSums(params, samples);
    }
    for (; i < inner; i++) evaluateInFloat64(params, element + i, sample + i);
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
  let samples: u32 = 0;
  for (let i: u32 = 0; i < 4; i++) {
    samples += u32(evaluateSoftSample(params, i * u32(rowSize >> 2), sample + i));
  }
  params.inner = inner;
  if (gradients) scatterRows(params.gradients, rowSize, gradients + offset, step, classes);
  params.predictions = predictions;
  params.labels = labels;
  params.gradients = gradients;
  return samples;
}

function evaluateSoftSample(params: KernelParams, element: u32, sample: u32): bool {
  if (!isIgnored(params, element, sample)) return evaluateSoftRow(params, element, sample);
  clearRow(params, element, sample);
  return false;
}

/** Whether vectors of four classes pay off, and nothing is requested that needs float64. */
function usesFloat32(params: KernelParams): bool {
  return (
    params.classes >= MIN_CLASSES && params.smallGamma >= 0 && !params.probabilities && !params.hessian && !params.bins
  );
}

const MIN_CLASSES: u32 = 16;

/** With dense labels, a sample is ignored if all of its labels are. */
function isIgnored(params: KernelParams, element: u32, sample: u32): bool {
  if (!params.dense) return load<i32>(params.labels + (usize(sample) << 2)) == IGNORED;
  let at = params.labels + (usize(element) << 2);
  for (let c: u32 = 0; c < params.classes; c++, at += usize(params.inner) << 2) {
    if (load<f32>(at) != f32(IGNORED)) return false;
  }
  return true;
}
