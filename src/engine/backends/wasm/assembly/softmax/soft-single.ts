import { addGradientsToBin, addToBin, NEGATIVE as IN_NEGATIVE, POSITIVE as IN_POSITIVE, slotOf } from '../bins';
import { IGNORED, KernelParams } from '../kernel-params';
import { SoftRow } from './soft-row';
import { maskSingle, slopeUnit } from './soft-sums';
import { ClassPair, pairAt } from '../sums';
import { exp } from '../math/vector-math';

// Classes of a sample with soft labels that are evaluated in float64, one by one. The gradient needs the sum of all s, so that
// it comes last, from a list in scratch memory.

@unmanaged
class Single {
  classIndex: u32;
  /** POSITIVE, NEGATIVE, or NO_SIDE if it is ignored. */
  side: u32;
  p: f64;
  q: f64;
  /** s, divided by `slopeUnit`. */
  slope: f64;
}

const POSITIVE: u32 = 0;
const NEGATIVE: u32 = 1;
const NO_SIDE: u32 = 2;

@inline
function singleAt(row: SoftRow, i: u32): Single {
  return changetype<Single>(row.singlesAt + usize(i) * offsetof<Single>());
}

/** Adds the loss of a class, and all sums but those of its gradient. Its exponential becomes 0. */
export function addSingle(params: KernelParams, row: SoftRow, c: u32): void {
  const single = singleAt(row, row.singles);
  row.singles += 1;
  store<f32>(row.exponentials + (usize(c) << 2), 0);
  const label = labelOf(params, row, c);
  const p = probabilityOf(params, row, c);
  const q = c == row.largestClass ? row.largestQ : 1 - p;
  const logP = load<f32>(params.predictions + (usize(row.element + c) << 2)) - row.maxLogit - row.logTotal;
  const share = shareOf(params, row, label);
  const alpha = load<f64>(sumsOf(params, c), offsetof<ClassPair>('positiveAlpha'));
  const gamma = params.smallGamma;
  // s = k q^{γ−1} (q − γ p log p)
  const lower = gamma > 1 ? share * alpha * power(q, gamma - 1) : share * alpha;
  let loss = -(gamma > 0 ? lower * q : lower) * logP;
  const slopeGamma: f64 = params.detachedGradient ? 0 : f64(gamma);
  const factor = gamma > 0 ? q - slopeGamma * p * logP : 1;
  let slope = lower * factor;
  if (params.polyEpsilon != 0) {
    const poly = share * load<f64>(sumsOf(params, c), offsetof<ClassPair>('classWeight')) * params.polyEpsilon * power(q, gamma);
    loss += poly * q;
    slope += poly * (slopeGamma + 1) * p;
  }
  slope /= slopeUnit(params);
  row.loss += loss;
  const isPositive = label >= 0.5; // Before smoothing.
  single.classIndex = c;
  single.side = label == IGNORED ? NO_SIDE : isPositive ? POSITIVE : NEGATIVE;
  single.p = p;
  single.q = q;
  single.slope = slope;
  if (c == row.largestClass) row.largestSlope = slope;
  else row.slopes += slope;
  if (!params.allSums) return;
  maskSingle(params, c);
  if (label == IGNORED) return;
  const sums = sumsOf(params, c);
  add(sums + side(isPositive, offsetof<ClassPair>('positiveLoss')), loss);
  add(sums + side(isPositive, offsetof<ClassPair>('positiveCrossEntropy')), -share * logP);
  add(sums + side(isPositive, offsetof<ClassPair>('positivePt')), isPositive ? p : q);
  add(sums + side(isPositive, offsetof<ClassPair>('positiveCount')), 1);
  if (c == row.largestClass) add(sums + side(isPositive, offsetof<ClassPair>('positivePredicted')), 1);
  if (!params.bins) return;
  const crossEntropy = -share * logP * load<f64>(sums, offsetof<ClassPair>('classWeight'));
  addToBin(params.bins, binOf(isPositive, p, q), 1, crossEntropy, loss); // `finishSingles` adds the gradient.
}

/** Writes the gradients of these classes, and adds them to the sums. */
export function finishSingles(params: KernelParams, row: SoftRow): void {
  const count = row.singles;
  const unit = slopeUnit(params);
  for (let i: u32 = 0; i < count; i++) {
    const single = singleAt(row, i);
    const c = single.classIndex;
    const isLargest = c == row.largestClass;
    const otherSlopes = isLargest ? row.slopes : row.slopes - single.slope + row.largestSlope;
    const gradient = (single.p * otherSlopes - single.slope * single.q) * unit;
    if (params.gradients) store<f32>(params.gradients + (usize(row.element + c) << 2), f32(gradient * params.scale));
    if (!params.allSums || single.side == NO_SIDE) continue;
    const isPositive = single.side == POSITIVE;
    const sums = sumsOf(params, c);
    add(sums + side(isPositive, offsetof<ClassPair>('positiveGradientL1')), abs(gradient));
    if (params.bins) addGradientsToBin(params.bins, binOf(isPositive, single.p, single.q), abs(gradient));
    if (params.gradientSquares) {
      add(sums + side(isPositive, offsetof<ClassPair>('positiveGradientSquares')), gradient * gradient);
    }
  }
}

/** As `slotOf`. */
@inline
function binOf(isPositive: bool, p: f64, q: f64): usize {
  return isPositive ? slotOf(p, IN_POSITIVE) : slotOf(q, IN_NEGATIVE);
}

/** Before smoothing. */
@inline
function labelOf(params: KernelParams, row: SoftRow, c: u32): f64 {
  if (params.dense) return load<f32>(params.labels + (usize(row.element + c) << 2));
  return load<u32>(params.labels + (usize(row.sample) << 2)) == c ? 1 : 0;
}

@inline
function shareOf(params: KernelParams, row: SoftRow, label: f64): f64 {
  return label == IGNORED ? 0 : row.weight * (label * params.keptLabel + params.addedLabel);
}

function probabilityOf(params: KernelParams, row: SoftRow, c: u32): f64 {
  if (c == row.largestClass) return row.largestP;
  const logit: f64 = load<f32>(params.predictions + (usize(row.element + c) << 2));
  return f64x2.extract_lane(exp(f64x2.splat(logit - row.shift), params.constants), 0) * row.inverse;
}

/** For γ of 0 to 3. */
@inline
function power(u: f64, gamma: i32): f64 {
  if (gamma == 0) return 1;
  return gamma == 1 ? u : gamma == 2 ? u * u : u * u * u;
}

@inline
function sumsOf(params: KernelParams, c: u32): usize {
  return changetype<usize>(pairAt(params, c >> 1)) + (usize(c & 1) << 3);
}

/** The offset of a sum of the positive side, or of the same one of the negative side. */
@inline
function side(isPositive: bool, positive: usize): usize {
  return isPositive ? positive : positive + offsetof<ClassPair>('negativeLoss') - offsetof<ClassPair>('positiveLoss');
}

@inline
function add(at: usize, value: f64): void {
  store<f64>(at, load<f64>(at) + value);
}
