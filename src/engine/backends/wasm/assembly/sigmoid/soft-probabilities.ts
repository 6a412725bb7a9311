import { KernelParams } from '../kernel-params';
import { signBits } from '../math/float32-lanes';
import { multiplyAdd } from '../math/multiply-add';
import { log1pOfUnit } from '../math/softplus';
import { DISTANCE, E_LOW, QUAD_SIZE } from './quads';

/**
 * For a row of `loadSoftRow`, with e = e^−|x|: writes s = e / (1 + e), the probability of the side that the logit does not predict,
 * as four float64s in place of e, and the cross-entropies, C = |x| d + log1p(e), where d is the smoothed distance of the label.
 *
 * @param from address of the predictions
 * @param at where the cross-entropies go
 */
export function completeSoftRow(params: KernelParams, row: usize, from: usize, at: usize, quads: u32): void {
  if (params.addedLabel == 0) complete(params, row, from, at, quads, false, false);
  else complete(params, row, from, at, quads, true, false);
}

/** Likewise, but with log1p(e) alone in place of the cross-entropies. */
export function completeUnfocusedRow(params: KernelParams, row: usize, from: usize, at: usize, quads: u32): void {
  complete(params, row, from, at, quads, false, true);
}

@inline
function complete(
  params: KernelParams,
  row: usize,
  from: usize,
  at: usize,
  quads: u32,
  smoothed: bool,
  log1pAlone: bool,
): void {
  const constants = params.constants;
  const one = constants.one;
  const oneFloat32 = constants.oneFloat32;
  const two = f32x4.add(oneFloat32, oneFloat32);
  const SIGN = signBits(oneFloat32);
  const b1 = constants.b1;
  const b2 = constants.b2;
  const b3 = constants.b3;
  const b4 = constants.b4;
  // The digits that the smoothed label lacks in float32 are the same for all elements, so that they do not average out.
  const kept = f32x4.splat(f32(params.keptLabel));
  const keptLow = f32x4.splat(f32(params.keptLabel - f32(params.keptLabel)));
  const addedHigh = f32(Math.round(params.addedLabel * 4096) / 4096);
  const added = f32x4.splat(addedHigh);
  const addedLow = f32x4.splat(f32(params.addedLabel - addedHigh));
  const end = row + usize(quads) * QUAD_SIZE;
  let quad = row;
  // V8 moves what does not change out of a loop only if the loop's condition is at its end.
  do {
    const size = v128.andnot(v128.load(from), SIGN);
    const distance = v128.load(quad, DISTANCE);
    const high = v128.load(quad);
    const rest = v128.load(quad, E_LOW);
    let crossEntropy = log1pOfUnit(f32x4.add(high, rest), two, b1, b2, b3, b4);
    let d = distance;
    if (smoothed) {
      d = f32x4.add(f32x4.mul(distance, kept), added);
      crossEntropy = multiplyAdd<f32>(size, multiplyAdd<f32>(distance, keptLow, addedLow), crossEntropy);
    }
    v128.store(at, log1pAlone ? crossEntropy : multiplyAdd<f32>(size, d, crossEntropy));
    const lowE = f64x2.add(f64x2.promote_low_f32x4(high), f64x2.promote_low_f32x4(rest));
    const highE = f64x2.add(
      f64x2.promote_low_f32x4(v128.load64_zero(quad, 8)),
      f64x2.promote_low_f32x4(v128.load64_zero(quad, E_LOW + 8)),
    );
    // 1 / (a b) gives 1 / a and 1 / b: the processor divides one vector at a time, but multiplies two.
    const lowA = f64x2.add(one, lowE);
    const highA = f64x2.add(one, highE);
    const inverse = f64x2.div(one, f64x2.mul(lowA, highA));
    v128.store(quad, f64x2.mul(lowE, f64x2.mul(highA, inverse)));
    v128.store(quad, f64x2.mul(highE, f64x2.mul(lowA, inverse)), 16);
    quad += QUAD_SIZE;
    from += 16;
    at += 16;
  } while (quad < end);
}
