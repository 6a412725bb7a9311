import { GAMMA, optionOf } from '../class-options';
import { KernelParams } from '../kernel-params';
import { evaluateGeneralRow } from '../softmax/general-row';
import { generalSoftmax } from '../softmax/general-softmax';
import { SoftBlock } from '../softmax/soft-block';
import { loadSoftBlock } from '../softmax/soft-samples';
import { labelUnit } from '../softmax/soft-range';
import { startBlock } from '../softmax/soft-units';
import { startPairSums } from '../sums';
import { addSoftGradients } from './add-soft-gradients';
import { evaluateSoftGamma } from './evaluate-soft-gamma';
import { shareSoftTerms } from './share-soft-terms';
import { layOutSweepBlock, samplesOfSweepBlock } from './soft-sweep-block';
import { evaluationAt, isServed, setServed, SoftmaxSweepParams } from './softmax-sweep-params';

/** With a larger γ the errors of p matter too much. */
const MAX_GAMMA: f64 = 10;
/** Labels are divided by it in float32. */
const MIN_LABEL_UNIT: f64 = 1e-7;
/** Likewise α by the largest: the inverse of a subnormal one would be infinite, and 0 times that NaN. */
const MIN_SLOPE_UNIT: f64 = 1e-100;

/**
 * Evaluates the outer slices in [from, to) with many γ and α at once, for logits and labels in [0, 1]: as `generalSoftmax` does, but
 * with logarithms and exponentials that are computed once. Evaluations that float32 does not serve are left to `generalSoftmax`,
 * whatever the others need.
 */
export function softmaxSoftSweep(sweep: SoftmaxSweepParams, from: u32, to: u32): void {
  startPairSums(sweep.shared);
  for (let i: u32 = 0; i < sweep.count; i++) {
    const params = evaluationAt(sweep, i);
    startPairSums(params);
    const block = layOutSweepBlock(params);
    const serves = labelUnit(params) >= MIN_LABEL_UNIT && gammaOf(params) <= MAX_GAMMA && startBlock(params, block);
    setServed(sweep, i, serves && block.slopeUnit >= MIN_SLOPE_UNIT);
    if (!isServed(sweep, i)) generalSoftmax(params, from, to);
  }
  if (labelUnit(sweep.shared) < MIN_LABEL_UNIT) generalSoftmax(sweep.shared, from, to);
  else evaluateInBlocks(sweep, from, to);
}

function evaluateInBlocks(sweep: SoftmaxSweepParams, from: u32, to: u32): void {
  const params = sweep.shared;
  const size = samplesOfSweepBlock(params);
  const block = layOutSweepBlock(params);
  const inner = params.inner;
  // Slices of one sample are contiguous: they are evaluated as one.
  const run = inner > 1 ? inner : to - from;
  const step = inner > 1 ? 1 : params.classes;
  for (let first = from * inner; first < to * inner; first += run) {
    const element = first * params.classes;
    for (let i: u32 = 0; i < run; i += size) {
      let left = loadSoftBlock(params, block, element + i * step, first + i, min(size, run - i));
      if (block.active) evaluateBlock(sweep, block);
      for (; left; left &= left - 1) evaluateInFloat64(sweep, element + (i + u32(ctz(left))) * step, first + i + u32(ctz(left)));
    }
  }
}

function evaluateBlock(sweep: SoftmaxSweepParams, block: SoftBlock): void {
  shareSoftTerms(sweep, block);
  let gamma: f64 = -1;
  for (let i: u32 = 0; i < sweep.count; i++) {
    if (!isServed(sweep, i)) continue;
    const params = evaluationAt(sweep, i);
    // Those with the same γ follow one another, and share all but α.
    if (gammaOf(params) != gamma) evaluateSoftGamma(sweep, block, gammaOf(params), params.halfSteps);
    gamma = gammaOf(params);
    addSoftGradients(sweep, block, params);
  }
}

function evaluateInFloat64(sweep: SoftmaxSweepParams, element: u32, sample: u32): void {
  evaluateGeneralRow(sweep.shared, element, sample);
  for (let i: u32 = 0; i < sweep.count; i++) {
    if (isServed(sweep, i)) evaluateGeneralRow(evaluationAt(sweep, i), element, sample);
  }
}

@inline
function gammaOf(params: KernelParams): f64 {
  return optionOf(params, GAMMA, 0);
}
