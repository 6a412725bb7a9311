import { fromProbabilities } from '../../backends/wasm/assembly/math/log-probabilities';
import { expPrecisely, log, log1p, logOf } from '../../backends/wasm/assembly/math/vector-math';
import { Box } from './box';
import { CONSTANTS, LOG_PROBABILITIES } from './memory-layout';

/** Sums below it may consist of exponentials that were too small for a float64. */
export const TINY: f64 = 1e-290;

/**
 * h(p) of each class, as the logarithm of p q^−γ less the offset, and the factor 1 / (1 + γ r(p)), r(p) = −p log p / q. It is
 * p = e^z / Σ e^z, and q = 1 − p is exact enough but for the argmax, whose q is the part of the remaining classes.
 *
 * @param argmax the class of the largest p
 * @returns that p
 */
export function logitRow(box: Box, row: usize, weights: usize, factors: usize, argmax: u32): f64 {
  const largest = load<f64>(row + (usize(argmax) << 3));
  const classes = box.classes;
  const gammas = box.gammas;
  const offsets = box.offsets;
  const constants = CONSTANTS;
  const maximum = f64x2.splat(largest);
  const end = weights + (usize(classes) << 3);
  const atArgmax = weights + (usize(argmax) << 3);
  for (let at = weights, from = row; at < end; at += 16, from += 16) {
    v128.store(at, expPrecisely(f64x2.sub(v128.load(from), maximum), constants));
  }
  store<f64>(atArgmax, 0);
  let sums = f64x2.splat(0);
  for (let at = weights; at < end; at += 16) sums = f64x2.add(sums, v128.load(at));
  const remaining = f64x2.extract_lane(sums, 0) + f64x2.extract_lane(sums, 1);
  const logSum = log1p(remaining, constants);
  const p = 1 / (1 + remaining);
  if (!offsets) return p;
  const logSums = f64x2.splat(logSum);
  const inverse = f64x2.splat(p);
  for (let at = weights, c: usize = 0; at < end; at += 16, c += 16) {
    const logP = f64x2.sub(f64x2.sub(v128.load(row + c), maximum), logSums); // In this order, large logits lose no digits.
    const probability = f64x2.mul(v128.load(at), inverse);
    const rest = f64x2.sub(constants.one, probability);
    const logQ = logOf(rest, probability, constants);
    const gamma = v128.load(gammas + c);
    v128.store(at, logWeight(logP, logQ, gamma, v128.load(offsets + c)));
    v128.store(factors + c, factorOf(logP, probability, rest, gamma));
  }
  const gamma = load<f64>(gammas + (usize(argmax) << 3));
  const logQ = remaining > 1 ? -log1p(1 / remaining, constants) : logOfRemaining(row, classes, argmax, remaining) - logSum;
  const r = remaining > TINY ? logSum / remaining : 1;
  store<f64>(atArgmax, -logSum - gamma * logQ - load<f64>(offsets + (usize(argmax) << 3)));
  store<f64>(factors + (usize(argmax) << 3), 1 / (1 + gamma * r));
  return p;
}

/** log Σ e^(z − largest) of all classes but the argmax. */
function logOfRemaining(row: usize, classes: u32, argmax: u32, remaining: f64): f64 {
  const constants = CONSTANTS;
  if (remaining > TINY) return log(remaining, constants);
  let second: f64 = -f64.MAX_VALUE;
  for (let c: u32 = 0; c < classes; c++) {
    if (c != argmax) second = max(second, load<f64>(row + (usize(c) << 3)));
  }
  let sum: f64 = 0;
  for (let c: u32 = 0; c < classes; c++) {
    if (c == argmax) continue;
    const difference = f64x2.splat(load<f64>(row + (usize(c) << 3)) - second);
    sum += f64x2.extract_lane(expPrecisely(difference, constants), 0);
  }
  return second - load<f64>(row + (usize(argmax) << 3)) + log(sum, constants);
}

/** Likewise for probabilities, each of which is clamped on its own. */
export function probabilityRow(box: Box, row: usize, weights: usize, factors: usize, argmax: u32, epsilon: f64): f64 {
  const classes = box.classes;
  const gammas = box.gammas;
  const offsets = box.offsets;
  const constants = CONSTANTS;
  const logProbs = LOG_PROBABILITIES;
  for (let c: usize = 0, end = usize(classes) << 3; c < end && offsets != 0; c += 16) {
    fromProbabilities(v128.load(row + c), logProbs, epsilon, constants);
    const gamma = v128.load(gammas + c);
    v128.store(weights + c, logWeight(logProbs.logP, logProbs.logQ, gamma, v128.load(offsets + c)));
    v128.store(factors + c, factorOf(logProbs.logP, logProbs.p, logProbs.q, gamma));
  }
  return min(max(load<f64>(row + (usize(argmax) << 3)), epsilon), 1 - epsilon);
}

/** The logarithm of p q^−γ, less the offset. */
@inline
export function logWeight(logP: v128, logQ: v128, gamma: v128, offset: v128): v128 {
  return f64x2.sub(f64x2.sub(logP, f64x2.mul(gamma, logQ)), offset);
}

/** 1 / (1 + γ r) = q / (q − γ p log p) */
@inline
export function factorOf(logP: v128, p: v128, q: v128, gamma: v128): v128 {
  return f64x2.div(q, f64x2.sub(q, f64x2.mul(gamma, f64x2.mul(p, logP))));
}
