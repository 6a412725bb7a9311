import { powerOfTwo, powerSeries, reduced } from '../math/exp-float32';
import { highHalf } from '../math/float32-lanes';
import { KernelParams } from '../kernel-params';
import { multiplyAdd } from '../math/multiply-add';

/**
 * Writes the exponentials of a sample to `row`, and returns their sum. What they lack because each is rounded to float32 is
 * summed in float32. Two vectors at a time share what is loaded of the constants; so up to four numbers behind the row, rounded
 * up to whole vectors, become 0.
 *
 * @param left a logit whose exponential is 0
 * @param vectors scratch memory for two vectors
 */
export function sumExponentials(
  params: KernelParams,
  at: usize,
  row: usize,
  left: f32,
  bias: i32,
  vectors: usize,
): f64 {
  const constants = params.constants;
  const biases = i32x4.splat(bias);
  const remaining = usize(params.classes & 7) << 2;
  let end = at + (usize(params.classes) << 2) - remaining;
  let low = f64x2.splat(0);
  let high = f64x2.splat(0);
  let lacking = f32x4.splat(0);
  for (let isWhole = remaining == 0; ; isWhole = true) {
    for (; at < end; at += 32, row += 32) {
      const log2E = constants.log2EFloat32;
      const rounder = constants.rounderFloat32;
      const xA = v128.load(at);
      const xB = v128.load(at, 16);
      const roundedA = multiplyAdd<f32>(xA, log2E, rounder);
      const roundedB = multiplyAdd<f32>(xB, log2E, rounder);
      const ln2High = constants.ln2High;
      const ln2Low = constants.ln2Low;
      const rA = reduced(xA, roundedA, rounder, ln2High, ln2Low);
      const rB = reduced(xB, roundedB, rounder, ln2High, ln2Low);
      const g2 = constants.g2;
      const g3 = constants.g3;
      const g4 = constants.g4;
      const g5 = constants.g5;
      const g6 = constants.g6;
      const uA = powerSeries(rA, g2, g3, g4, g5, g6);
      const uB = powerSeries(rB, g2, g3, g4, g5, g6);
      const one = constants.oneFloat32;
      const powerA = powerOfTwo(roundedA, biases);
      const powerB = powerOfTwo(roundedB, biases);
      const sA = f32x4.add(one, uA);
      const sB = f32x4.add(one, uB);
      const a = f32x4.mul(sA, powerA);
      const b = f32x4.mul(sB, powerB);
      v128.store(row, a);
      v128.store(row, b, 16);
      low = f64x2.add(low, f64x2.promote_low_f32x4(a));
      high = f64x2.add(high, f64x2.promote_low_f32x4(highHalf(a)));
      low = f64x2.add(low, f64x2.promote_low_f32x4(b));
      high = f64x2.add(high, f64x2.promote_low_f32x4(highHalf(b)));
      lacking = multiplyAdd<f32>(f32x4.sub(uA, f32x4.sub(sA, one)), powerA, lacking);
      lacking = multiplyAdd<f32>(f32x4.sub(uB, f32x4.sub(sB, one)), powerB, lacking);
    }
    if (isWhole) break;
    // Two more vectors, with the remaining logits.
    v128.store(vectors, f32x4.splat(left));
    v128.store(vectors, f32x4.splat(left), 16);
    memory.copy(vectors, at, remaining);
    at = vectors;
    end = at + 32;
  }
  const sum = f64x2.add(f64x2.add(low, high), f64x2.promote_low_f32x4(f32x4.add(lacking, highHalf(lacking))));
  return f64x2.extract_lane(sum, 0) + f64x2.extract_lane(sum, 1);
}
