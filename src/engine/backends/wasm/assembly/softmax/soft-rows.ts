import { clearRow } from './clear-row';
import { KernelParams } from '../kernel-params';
import { evaluateSampleInFloat64, isIgnored } from './soft-sample-float64';
import { evaluateSoftRow } from './soft-row-float32';
import { addRowSums, flushSoftSums, transposed } from './soft-sums';
import { sizeOfRow } from './softmax-remaining-classes';
import { gatherRows, scatterRows } from '../math/transpose';

/** Evaluates the outer slices in [from, to), with lanes along the classes; `startSoftSums` has returned true. */
export function evaluateInRows(params: KernelParams, from: u32, to: u32): void {
  const samples = params.inner > 1 ? softColumns(params, from, to) : softRows(params, from, to);
  flushSoftSums(params, samples);
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
