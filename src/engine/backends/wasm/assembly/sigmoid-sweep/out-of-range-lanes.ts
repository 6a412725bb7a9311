import { Vector } from './records';
import { CROSS_ENTROPY, evaluationAt, GRADIENT_L1, GRADIENT_SQUARES, LOSS, PT, SIDE, SweepParams, TERM_SCALE } from './sweep-params';
import { halfStepPower } from '../math/powers';
import { exp, log1p } from '../math/vector-math';

/** Adds the active lanes of a vector, whose terms float32 does not hold, to all sums but the counts: one by one, in float64. */
export function addOutOfRange(params: SweepParams, vector: Vector, sums: usize): void {
  const at = changetype<usize>(vector);
  const lanes = i32x4.bitmask(vector.active);
  const positives = i32x4.bitmask(vector.positive);
  for (let i: usize = 0; i < 4; i++) {
    if (!((lanes >> i32(i)) & 1)) continue;
    const z = f64(load<f32>(at + (i << 2), offsetof<Vector>('z')));
    const weight = params.weights ? f64(load<f32>(at + (i << 2), offsetof<Vector>('weight'))) : 1;
    const e = f64x2.extract_lane(exp(f64x2.splat(-abs(z)), params.constants), 0);
    const side = sums + (i << 3) + ((positives >> i32(i)) & 1 ? 0 : SIDE);
    addLane(params, side, z, e, weight);
  }
}

/** With e = e^−|z|, as in sigmoid-pair.ts. @param sums of the element's lane and side */
function addLane(params: SweepParams, sums: usize, z: f64, e: f64, weight: f64): void {
  const larger = 1 / (1 + e);
  const smaller = e * larger;
  const q = z > 0 ? larger : smaller;
  const p = z > 0 ? smaller : larger;
  const minusLogP = log1p(e, params.constants) + max(z, 0);
  const scaled = weight * f64(TERM_SCALE);
  add(sums + CROSS_ENTROPY, minusLogP * scaled);
  add(sums + PT, p);
  for (let i: u32 = 0; i < params.evaluations; i++) {
    const halfSteps = load<i32>(params.halfSteps + (usize(i) << 2));
    const modulator = scaled * f64x2.extract_lane(halfStepPower(f64x2.splat(q), halfSteps), 0);
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
