import { Vector } from './records';
import { CROSS_ENTROPY, evaluationAt, GRADIENT_L1, GRADIENT_SQUARES, LOSS, PT, SIDE, SweepParams } from './sweep-params';
import { halfStepPower } from '../math/powers';
import { exp } from '../math/vector-math';

/**
 * Adds the active lanes of a vector, whose |z| is so large that 1 + e^−|z| is 1, to all sums but the counts: one by one, in
 * float64.
 */
export function addOutOfRange(params: SweepParams, vector: Vector, sums: usize): void {
  const at = changetype<usize>(vector);
  const lanes = i32x4.bitmask(vector.active);
  const positives = i32x4.bitmask(vector.positive);
  for (let i: usize = 0; i < 4; i++) {
    if (!((lanes >> i32(i)) & 1)) continue;
    const z = f64(load<f32>(at + (i << 2), offsetof<Vector>('z')));
    const weight = params.sampleWeights ? f64(load<f32>(at + (i << 2), offsetof<Vector>('weight'))) : 1;
    const e = f64x2.extract_lane(exp(f64x2.splat(-abs(z)), params.constants), 0);
    const side = sums + (i << 3) + ((positives >> i32(i)) & 1 ? 0 : SIDE);
    addLane(params, side, z, e, weight);
  }
}

/**
 * Where z is large, q = 1, p = e and −log p = z; where −z is, q = e, p = 1 and −log p = e.
 *
 * @param sums of the element's lane and side
 */
function addLane(params: SweepParams, sums: usize, z: f64, e: f64, weight: f64): void {
  const q = z > 0 ? 1 : e;
  const p = z > 0 ? e : 1;
  const minusLogP = z > 0 ? z : e;
  add(sums + CROSS_ENTROPY, minusLogP * weight);
  add(sums + PT, p);
  for (let i: u32 = 0; i < params.evaluations; i++) {
    const halfSteps = load<i32>(params.halfSteps + (usize(i) << 2));
    const modulator = weight * f64x2.extract_lane(halfStepPower(f64x2.splat(q), halfSteps), 0);
    const slope = modulator * (q + 0.5 * f64(halfSteps) * p * minusLogP);
    const at = evaluationAt(sums, i);
    add(at + LOSS, modulator * minusLogP);
    add(at + GRADIENT_L1, slope);
    add(at + GRADIENT_SQUARES, slope * slope);
  }
}

@inline
function add(at: usize, value: f64): void {
  store<f64>(at, load<f64>(at) + value);
}
