import { highHalf } from '../math/float32-lanes';
import { expFloat32 } from '../math/softplus';
import { addToBin, LAST_BIN_P, LAST_NEGATIVE } from '../bins';
import { Constants } from '../math/constants';
import { KernelParams } from '../kernel-params';
import { multiplyAdd, subtractProduct } from '../math/multiply-add';
import { halfStepPowerFloat32 } from '../math/powers';
import { FOUR_SIZE, SoftBlock, SoftFour } from './soft-block';
import { evaluateFour, foldSums, optionsOf } from './soft-four';
import { lowPart, polyRatio, timesPoly } from './soft-poly';
import { DENSE, INDICES, labelShares, MIN_CLASSES, needFloat64, SMOOTHED } from './soft-labels';
import { labelUnit } from './soft-range';
import { ClassPair } from '../sums';

/** More probable classes are evaluated in float64, as are those with a larger γ p: the rounding of q = 1 − p is raised to γ. */
const MAX_P: f64 = 0.25;
const MAX_GAMMA_P: f64 = 0.75;
// Kinds of γ: 0; 2; a half-step from 1 up for all classes; any, one per class.
const ZERO: i32 = 0;
const TWO: i32 = 1;
const HALF_STEPS: i32 = 2;
const GENERAL: i32 = 3;

/** Adds the losses of all classes of a block to their sums, and replaces its exponentials by p and its logits by s. */
export function addTerms(params: KernelParams, block: SoftBlock): void {
  if (!params.dense) addIndexed(params, block);
  else if (params.addedLabel > 0) addSmoothed(params, block);
  else addDense(params, block);
}

function addIndexed(params: KernelParams, block: SoftBlock): void {
  addTermsWithGamma(params, block, INDICES);
}

function addDense(params: KernelParams, block: SoftBlock): void {
  addTermsWithGamma(params, block, DENSE);
}

function addSmoothed(params: KernelParams, block: SoftBlock): void {
  addTermsWithGamma(params, block, SMOOTHED);
}

@inline
function addTermsWithGamma(params: KernelParams, block: SoftBlock, labels: i32): void {
  if (params.halfSteps == 0) addAllTerms(params, block, labels, ZERO);
  else if (params.halfSteps == 4) addAllTerms(params, block, labels, TWO);
  else if (params.halfSteps >= 2) addAllTerms(params, block, labels, HALF_STEPS);
  else addAllTerms(params, block, labels, GENERAL);
}

/**
 * With t = log p, s = k q^{γ−1} (q − γ p t), without γ p t if the factor is detached. What Poly-1 adds is in soft-poly.ts.
 *
 * `kind` and `power` are constants wherever this is inlined.
 */
@inline
function addAllTerms(params: KernelParams, block: SoftBlock, kind: i32, power: i32): void {
  const constants = params.constants;
  const kept = params.keptLabel / labelUnit(params);
  const keptHigh = f32x4.splat(f32(kept));
  const keptLow = f32x4.splat(f32(kept - f64(f32(kept))));
  const allSums = params.allSums != 0;
  const elementwise = params.elementwise != 0;
  const lossUnit = labelUnit(params);
  const hasPoly = params.polyEpsilon != 0;
  // With `difficulty`, the bin of all that is float32 is the last one.
  const maxOfAll = params.bins ? LAST_BIN_P : MAX_P;
  const rowSize = block.rowSize;
  const probabilities = block.probabilities;
  const logits = block.logits - probabilities;
  const labels = block.labels - probabilities;
  let isDone = block.isDone;
  let row = probabilities;
  for (let c: u32 = 0; c < params.classes; c++) {
    const options = optionsOf(params, c);
    const gamma = load<f64>(options, offsetof<ClassPair>('gamma'));
    const gammas = f32x4.splat(params.detachedGradient ? 0 : f32(gamma));
    const exponents = f32x4.splat(f32(gamma - 1));
    const maxP = f32x4.splat(params.classes < MIN_CLASSES ? -1 : f32(min(maxOfAll, MAX_GAMMA_P / gamma)));
    const alpha = v128.load32_splat(block.alphas + (usize(c) << 2));
    const ratio = hasPoly ? polyRatio(params, c) : 0;
    const polyHigh = f32x4.splat(f32(ratio));
    const polyLow = f32x4.splat(lowPart(ratio));
    const polyPower = f32x4.add(gammas, constants.oneFloat32);
    let counted = block.active;
    let losses = f64x2.splat(0);
    let crossEntropies = losses;
    let ps = losses;
    let four = block.fours;
    const end = row + rowSize;
    while (row < end) {
      let lossOfRun = f32x4.splat(0);
      let crossEntropyOfRun = lossOfRun;
      let pOfRun = lossOfRun;
      for (const endOfRun = min(row + 64, end); row < endOfRun; row += 16, four += FOUR_SIZE, isDone++) {
        const samples = changetype<SoftFour>(four);
        const p = f32x4.mul(v128.load(row), samples.inverses);
        let isSingle = f32x4.gt(p, maxP);
        let y = samples.weights;
        if (kind == INDICES) isSingle = v128.or(isSingle, i32x4.eq(samples.trueClasses, i32x4.splat(c)));
        else {
          const label = v128.load(row + labels);
          isSingle = v128.or(isSingle, needFloat64(label));
          y = labelShares(label, y, keptHigh, keptLow, constants.oneFloat32, kind);
        }
        if (v128.any_true(isSingle)) {
          counted -= evaluateFour(params, block, samples, c, row - probabilities);
          store<u8>(isDone, 1);
          continue;
        }
        store<u8>(isDone, 0);
        const logP = f32x4.sub(f32x4.sub(v128.load(row + logits), samples.maxLogits), samples.logTotals);
        const crossEntropy = f32x4.mul(y, logP); // Negative, like the loss.
        let loss = crossEntropy;
        let slope = f32x4.mul(y, alpha);
        if (power != ZERO) {
          const q = f32x4.sub(constants.oneFloat32, p);
          let bracket = subtractProduct<f32>(q, gammas, f32x4.mul(p, logP));
          if (hasPoly) {
            bracket = multiplyAdd<f32>(timesPoly(polyHigh, polyLow, f32x4.mul(p, q)), polyPower, bracket);
            loss = subtractProduct<f32>(loss, y, timesPoly(polyHigh, polyLow, q));
          }
          slope = f32x4.mul(slope, bracket);
          loss = f32x4.mul(loss, q);
          let lower = q; // q^{γ−1}
          if (power == HALF_STEPS) lower = halfStepPowerFloat32(q, params.halfSteps - 2, constants);
          if (power == GENERAL) lower = powerOfComplement(p, exponents, constants);
          slope = f32x4.mul(slope, lower);
          loss = f32x4.mul(loss, lower);
        } else if (hasPoly) {
          slope = multiplyAdd<f32>(slope, timesPoly(polyHigh, polyLow, p), slope);
          loss = subtractProduct<f32>(loss, y, timesPoly(polyHigh, polyLow, f32x4.sub(constants.oneFloat32, p)));
        }
        v128.store(row, p);
        v128.store(row + logits, slope);
        lossOfRun = f32x4.add(lossOfRun, loss);
        if (allSums) {
          crossEntropyOfRun = f32x4.add(crossEntropyOfRun, crossEntropy);
          pOfRun = f32x4.add(pOfRun, p);
        }
        if (elementwise) subtractLosses(samples, loss, load<f64>(options, offsetof<ClassPair>('positiveAlpha')) * lossUnit);
      }
      losses = f64x2.add(losses, promotedSum(lossOfRun));
      if (allSums) {
        crossEntropies = f64x2.add(crossEntropies, promotedSum(crossEntropyOfRun));
        ps = f64x2.add(ps, promotedSum(pOfRun));
      }
    }
    const alphaOfClass = load<f64>(options, offsetof<ClassPair>('positiveAlpha'));
    add(options + offsetof<ClassPair>('negativeLoss'), -sumOf(losses) * lossUnit * alphaOfClass);
    if (allSums) {
      add(options + offsetof<ClassPair>('negativeCrossEntropy'), -sumOf(crossEntropies) * lossUnit);
      add(options + offsetof<ClassPair>('negativeCount'), f64(counted));
      add(options + offsetof<ClassPair>('negativePt'), f64(counted) - sumOf(ps));
      if (params.bins) {
        const crossEntropy = -sumOf(crossEntropies) * lossUnit * load<f64>(options, offsetof<ClassPair>('classWeight'));
        addToBin(params.bins, LAST_NEGATIVE, f64(counted), crossEntropy, -sumOf(losses) * lossUnit * alphaOfClass);
      }
    }
    if (counted != block.active) foldSums(params, block, c);
  }
}

/** (1 − p)^γ = e^{γ log(1 − p)}, log(1 − p) = −2 atanh(p / (2 − p)), for p ≤ ¼. */
@inline
function powerOfComplement(p: v128, gammas: v128, constants: Constants): v128 {
  const s = f32x4.div(p, f32x4.sub(f32x4.splat(2), p));
  const s2 = f32x4.mul(s, s);
  const tail = multiplyAdd<f32>(multiplyAdd<f32>(constants.b3, s2, constants.b2), s2, constants.b1);
  const log = multiplyAdd<f32>(s, f32x4.mul(tail, s2), f32x4.add(s, s));
  return expFloat32(f32x4.neg(f32x4.mul(gammas, log)), constants);
}

function subtractLosses(four: SoftFour, losses: v128, unit: f64): void {
  const units = f64x2.splat(unit);
  four.losses = f64x2.sub(four.losses, f64x2.mul(f64x2.promote_low_f32x4(losses), units));
  four.lossesHigh = f64x2.sub(four.lossesHigh, f64x2.mul(f64x2.promote_low_f32x4(highHalf(losses)), units));
}

@inline
export function promotedSum(x: v128): v128 {
  return f64x2.add(f64x2.promote_low_f32x4(x), f64x2.promote_low_f32x4(highHalf(x)));
}

@inline
export function sumOf(lanes: v128): f64 {
  return f64x2.extract_lane(lanes, 0) + f64x2.extract_lane(lanes, 1);
}

@inline
export function add(at: usize, value: f64): void {
  store<f64>(at, load<f64>(at) + value);
}
