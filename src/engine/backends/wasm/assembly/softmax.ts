import { IGNORED, KernelParams } from './kernel-params';
import { clearRemaining, flushRemaining } from './softmax-remaining-classes';
import { evaluateRow } from './softmax-row';
import { evaluateTwo } from './softmax-rows-float32';
import { countNegatives, pairAt } from './sums';

/** The result of `trueClass` if the labels are not one-hot. */
const SOFT: i32 = -3;
const NONE: u32 = u32.MAX_VALUE;

/**
 * Evaluates the outer slices in [from, to), for logits and hard labels.
 *
 * @returns false if a sample's labels are not one-hot, which `generalSoftmax` serves; results written so far are invalid
 *   then
 */
export function softmax(params: KernelParams, from: u32, to: u32): bool {
  return usesFloat32(params) ? softmaxFloat32(params, from, to) : softmaxFloat64(params, from, to);
}

/** Whether vectors of four classes pay off, and nothing is requested that needs float64. */
function usesFloat32(params: KernelParams): bool {
  return params.inner == 1 && params.classes >= 4 && !params.hessian;
}

function softmaxFloat32(params: KernelParams, from: u32, to: u32): bool {
  const classes = params.classes;
  let samples: u32 = 0;
  let added: u32 = 0;
  let waiting = NONE;
  let waitingLabel: u32 = 0;
  clearRemaining(params);
  for (let sample = from; sample < to; sample++) {
    const element = sample * classes;
    const label = params.dense ? trueClass(params, element) : load<i32>(params.labels + (usize(sample) << 2));
    if (label == SOFT) return false;
    if (label == IGNORED) {
      clearRow(params, element, sample);
      continue;
    }
    samples += 1;
    if (waiting == NONE) {
      waiting = sample;
      waitingLabel = label;
      continue;
    }
    added += evaluateTwo(params, waiting, waitingLabel, sample, label);
    waiting = NONE;
  }
  if (waiting != NONE) added += evaluateTwo(params, waiting, waitingLabel, waiting, waitingLabel);
  flushRemaining(params, added);
  for (let i: u32 = 0; i < (classes + 1) >> 1; i++) countNegatives(pairAt(params, i), samples);
  return true;
}

function softmaxFloat64(params: KernelParams, from: u32, to: u32): bool {
  let samples: u32 = 0;
  for (let outer = from; outer < to; outer++) {
    for (let i: u32 = 0; i < params.inner; i++) {
      const sample = outer * params.inner + i;
      const element = outer * params.classes * params.inner + i;
      const label = params.dense ? trueClass(params, element) : load<i32>(params.labels + (usize(sample) << 2));
      if (label == SOFT) return false;
      if (label == IGNORED) {
        clearRow(params, element, sample);
      } else {
        evaluateRow(params, element, sample, label);
        samples += 1;
      }
    }
  }
  for (let i: u32 = 0; i < (params.classes + 1) >> 1; i++) countNegatives(pairAt(params, i), samples);
  return true;
}

function trueClass(params: KernelParams, element: u32): i32 {
  let found: i32 = IGNORED;
  let ignored: u32 = 0;
  let at = params.labels + (usize(element) << 2);
  for (let c: u32 = 0; c < params.classes; c++, at += usize(params.inner) << 2) {
    const y = load<f32>(at);
    if (y == 0) continue;
    if (y == f32(IGNORED)) ignored += 1;
    else if (y == 1 && found == IGNORED) found = c;
    else return SOFT;
  }
  if (ignored == params.classes) return IGNORED;
  return ignored == 0 && found != IGNORED ? found : SOFT;
}

export function clearRow(params: KernelParams, element: u32, sample: u32): void {
  if (params.elementwise) store<f32>(params.elementwise + (usize(sample) << 2), 0);
  for (let c: u32 = 0; c < params.classes; c++) {
    const at = usize(element + c * params.inner) << 2;
    if (params.gradients) store<f32>(params.gradients + at, 0);
    if (params.hessian) store<f32>(params.hessian + at, 0);
  }
}
