import { clearRow } from './clear-row';
import { enqueueRows, SOFT_ROW } from './enqueue-rows';
import { IGNORED, KernelParams } from '../kernel-params';
import { evaluateBlock } from './softmax-columns-float32';
import { SOFT, trueClassOf } from './softmax-labels';
import { blockOf, clearRemaining, endRemaining } from './softmax-remaining-classes';
import { evaluateRow } from './softmax-row';
import { evaluateRows, ROWS } from './softmax-rows-float32';
import { countNegatives, pairAt, startPairSums } from '../sums';

/**
 * Evaluates the outer slices in [from, to), for logits and hard labels.
 *
 * @returns false if a sample's labels are not one-hot, which `generalSoftmax` serves; results written so far are invalid
 *   then
 */
export function softmax(params: KernelParams, from: u32, to: u32): bool {
  if (params.hessian) return softmaxFloat64(params, from, to);
  if (params.inner > 1) return softmaxColumns(params, from, to, false);
  return params.classes < MIN_ROW ? softmaxColumns(params, from, to, true) : softmaxRows(params, from, to);
}

/** Fewer classes than this leave too many lanes of a row empty. */
export const MIN_ROW: u32 = 24;

/** With lanes along the classes. */
function softmaxRows(params: KernelParams, from: u32, to: u32): bool {
  let samples: u32 = 0;
  let added: u32 = 0;
  clearRemaining(params);
  while (from < to) {
    const enqueued = enqueueRows(params, from, to, ROWS);
    if (enqueued == SOFT_ROW) return false;
    const waiting = u32(enqueued);
    if (waiting) added += evaluateRows(params, waiting);
    samples += waiting;
    from = u32(enqueued >> 32);
  }
  endRemaining(params, added, samples);
  return true;
}

/**
 * With lanes along the samples.
 *
 * @param gather whether the classes of a sample are contiguous
 */
@inline
function softmaxColumns(params: KernelParams, from: u32, to: u32, gather: bool): bool {
  const classes = params.classes;
  const run = gather ? to - from : params.inner;
  const block = blockOf(params);
  let samples: u32 = 0;
  let added: u32 = 0;
  clearRemaining(params);
  for (let first = from * params.inner; first < to * params.inner; first += run) {
    const element = first * classes;
    const step = gather ? classes : 1;
    let i: u32 = 0;
    for (let count = block; i + 4 <= run; i += count) {
      count = min(count, (run - i) & ~3);
      const result = evaluateBlock(params, element + i * step, first + i, count, gather);
      if (result < 0) return false;
      samples += count - (result >> 8);
      added += result & 255;
    }
    for (; i < run; i++) {
      const label = trueClassOf(params, element + i * step, first + i);
      if (label == SOFT) return false;
      if (label == IGNORED) clearRow(params, element + i * step, first + i);
      else {
        evaluateRow(params, element + i * step, first + i, label);
        samples += 1;
      }
    }
  }
  endRemaining(params, added, samples);
  return true;
}

function softmaxFloat64(params: KernelParams, from: u32, to: u32): bool {
  startPairSums(params);
  let samples: u32 = 0;
  for (let outer = from; outer < to; outer++) {
    for (let i: u32 = 0; i < params.inner; i++) {
      const sample = outer * params.inner + i;
      const element = outer * params.classes * params.inner + i;
      const label = trueClassOf(params, element, sample);
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
