import { Constants } from '../math/constants';
import { multiplyAdd } from '../math/multiply-add';
import { halfStepPower, halfStepPowerFloat32, powerOfLog } from '../math/powers';
import { expFloat32 } from '../math/softplus';
import { SoftBlock } from '../softmax/soft-block';
import { promotedSum, sumOf } from '../softmax/soft-terms';
import { endOfClass, firstPair, lossesOf, SinglePair, SINGLE_PAIR_SIZE } from './single-pairs';
import { crossEntropies, logarithms, slopesOfGamma } from './soft-sweep-block';
import { SoftmaxSweepParams } from './softmax-sweep-params';

/** Sets the losses of all classes of a block, and s of each class of each sample, for one γ without α. */
export function evaluateSoftGamma(sweep: SoftmaxSweepParams, block: SoftBlock, gamma: f64, halfSteps: i32): void {
  if (halfSteps == 0) addCrossEntropy(sweep, block, gamma);
  else if (halfSteps == 2) addLinear(sweep, block, gamma);
  else if (halfSteps == 4) addSquared(sweep, block, gamma);
  else if (halfSteps == 6) addCubed(sweep, block, gamma);
  else if (halfSteps > 0) addHalfSteps(sweep, block, gamma, halfSteps);
  else addGeneral(sweep, block, gamma);
  addSingles(sweep, gamma, halfSteps);
}

// Functions of their own, in which `halfSteps` is a constant.

function addCrossEntropy(sweep: SoftmaxSweepParams, block: SoftBlock, gamma: f64): void {
  addTerms(sweep, block, gamma, 0);
}

function addLinear(sweep: SoftmaxSweepParams, block: SoftBlock, gamma: f64): void {
  addTerms(sweep, block, gamma, 2);
}

function addSquared(sweep: SoftmaxSweepParams, block: SoftBlock, gamma: f64): void {
  addTerms(sweep, block, gamma, 4);
}

function addCubed(sweep: SoftmaxSweepParams, block: SoftBlock, gamma: f64): void {
  addTerms(sweep, block, gamma, 6);
}

function addHalfSteps(sweep: SoftmaxSweepParams, block: SoftBlock, gamma: f64, halfSteps: i32): void {
  addTerms(sweep, block, gamma, halfSteps);
}

function addGeneral(sweep: SoftmaxSweepParams, block: SoftBlock, gamma: f64): void {
  addTerms(sweep, block, gamma, -1);
}

/** The terms of the classes in float32: s = q^γ y (1 − γ p (log p) / q). */
@inline
function addTerms(sweep: SoftmaxSweepParams, block: SoftBlock, gamma: f64, halfSteps: i32): void {
  const constants = sweep.shared.constants;
  const gammas = f32x4.splat(f32(gamma));
  const rowSize = block.rowSize;
  const probabilities = block.probabilities;
  const slopes = block.logits - probabilities;
  const labels = block.labels - probabilities;
  const toCrossEntropies = crossEntropies(block) - probabilities;
  const toSlopesOfGamma = slopesOfGamma(block) - probabilities;
  const toLogarithms = logarithms(block) - probabilities;
  let row = probabilities;
  for (let c: u32 = 0; c < sweep.shared.classes; c++) {
    let losses = f64x2.splat(0);
    const end = row + rowSize;
    while (row < end) {
      let lossOfRun = f32x4.splat(0);
      for (const endOfRun = min(row + 64, end); row < endOfRun; row += 16) {
        let modulator = constants.oneFloat32;
        if (halfSteps < 0) modulator = expFloat32(f32x4.neg(f32x4.mul(gammas, v128.load(row + toLogarithms))), constants);
        else if (halfSteps > 0) {
          modulator = halfStepPowerFloat32(f32x4.sub(constants.oneFloat32, v128.load(row)), halfSteps, constants);
        }
        let slope = v128.load(row + labels);
        if (halfSteps != 0) slope = multiplyAdd<f32>(gammas, v128.load(row + toSlopesOfGamma), slope);
        v128.store(row + slopes, f32x4.mul(modulator, slope));
        lossOfRun = multiplyAdd<f32>(modulator, v128.load(row + toCrossEntropies), lossOfRun);
      }
      losses = f64x2.add(losses, promotedSum(lossOfRun));
    }
    store<f64>(lossesOf(sweep, c), sumOf(losses));
    store<f64>(lossesOf(sweep, c), 0, 8);
  }
}

function addSingles(sweep: SoftmaxSweepParams, gamma: f64, halfSteps: i32): void {
  const constants = sweep.shared.constants;
  const gammas = f64x2.splat(gamma);
  let pair = firstPair(sweep);
  for (let c: u32 = 0; c < sweep.shared.classes; c++) {
    const end = endOfClass(sweep, c);
    if (pair == end) continue;
    let positives = f64x2.splat(0);
    let negatives = f64x2.splat(0);
    for (; pair < end; pair += SINGLE_PAIR_SIZE) {
      const each = changetype<SinglePair>(pair);
      const modulator = modulatorOf(each, gammas, halfSteps, constants);
      each.slope = f64x2.mul(modulator, multiplyAdd<f64>(gammas, each.slopeOfGamma, each.share));
      const loss = f64x2.mul(modulator, each.crossEntropy);
      positives = f64x2.add(positives, v128.and(loss, each.positive));
      negatives = f64x2.add(negatives, v128.andnot(loss, each.positive));
    }
    const losses = lossesOf(sweep, c);
    store<f64>(losses, load<f64>(losses) + sumOf(negatives));
    store<f64>(losses, sumOf(positives), 8);
  }
}

/** q^γ */
@inline
function modulatorOf(pair: SinglePair, gammas: v128, halfSteps: i32, constants: Constants): v128 {
  if (halfSteps >= 0) return halfStepPower(pair.q, halfSteps);
  return powerOfLog(f64x2.neg(pair.logarithm), gammas, constants);
}
