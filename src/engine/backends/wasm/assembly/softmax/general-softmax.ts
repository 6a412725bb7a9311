import { clearBins } from '../bins';
import { KernelParams } from '../kernel-params';
import { layOutBlock, samplesOfBlock } from './soft-block';
import { evaluateInRows } from './soft-rows';
import { evaluateSampleInFloat64 } from './soft-sample-float64';
import { evaluateSamples } from './soft-samples';
import { servesPoly } from './soft-poly';
import { startSoftSums } from './soft-sums';
import { startBlock } from './soft-units';
import { startPairSums } from '../sums';

/** Evaluates the outer slices in [from, to), for labels in [0, 1], from logits or probabilities. */
export function generalSoftmax(params: KernelParams, from: u32, to: u32): void {
  startPairSums(params);
  if (params.bins) clearBins(params);
  if (needsFloat64(params)) evaluateInFloat64(params, from, to);
  else if (areRowsFaster(params) && startSoftSums(params)) evaluateInRows(params, from, to);
  else if (!evaluateInBlocks(params, from, to)) evaluateInFloat64(params, from, to);
}

/** Of many classes, few are positive or very probable in any sample: lanes along the classes are faster. */
function areRowsFaster(params: KernelParams): bool {
  return params.smallGamma >= 0 && params.classes >= (params.dense ? MIN_DENSE_ROW : MIN_ROW);
}

const MIN_ROW: u32 = 24;
const MIN_DENSE_ROW: u32 = 64;

/** Probabilities, results and options that float32 does not serve, and one class, whose 1 − p is 0. */
function needsFloat64(params: KernelParams): bool {
  return params.classes == 1 || params.probabilities != 0 || params.hessian != 0 || !servesPoly(params);
}

/** @returns false if nothing has been evaluated, because float32 cannot hold α or the scale */
function evaluateInBlocks(params: KernelParams, from: u32, to: u32): bool {
  const size = samplesOfBlock(params);
  const block = layOutBlock(params, size);
  if (!startBlock(params, block)) return false;
  const inner = params.inner;
  // Slices of one sample are contiguous: they are evaluated as one.
  const run = inner > 1 ? inner : to - from;
  const step = inner > 1 ? 1 : params.classes;
  for (let first = from * inner; first < to * inner; first += run) {
    const element = first * params.classes;
    for (let i: u32 = 0; i < run; i += size) evaluateSamples(params, block, element + i * step, first + i, min(size, run - i));
  }
  return true;
}

function evaluateInFloat64(params: KernelParams, from: u32, to: u32): void {
  for (let outer = from; outer < to; outer++) {
    const element = outer * params.classes * params.inner;
    for (let i: u32 = 0; i < params.inner; i++) evaluateSampleInFloat64(params, element + i, outer * params.inner + i);
  }
}
