import { powerOfTwo, powerSeries, reduced } from '../math/exp-float32';
import { KernelParams } from '../kernel-params';
import { multiplyAdd } from '../math/multiply-add';
import { promotedSum } from './soft-terms';

/** Rounds of two vectors whose exponentials are added in float32, in bytes. */
const RUN: usize = 4 * 32;

/**
 * Writes the exponentials of a sample to `row`, and returns their sum. Two vectors at a time share what is loaded of the
 * constants; so up to four numbers behind the row, rounded up to whole vectors, become 0.
 *
 * e^x = 2^k (1 + u). A run adds up 2^k and 2^k u apart, in float32: sums of the first are mostly exact, and those of the second
 * are small. So the sum has more digits than its terms, whose rounding is not in it.
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
  for (let isWhole = remaining == 0; ; isWhole = true) {
    while (at < end) {
      let powersA = f32x4.splat(0);
      let powersB = powersA;
      let restA = powersA;
      let restB = powersA;
      const endOfRun = min(at + RUN, end);
      // V8 moves what does not change out of a loop only if the loop's condition is at its end.
      do {
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
        const powerA = powerOfTwo(roundedA, biases);
        const powerB = powerOfTwo(roundedB, biases);
        v128.store(row, multiplyAdd<f32>(uA, powerA, powerA));
        v128.store(row, multiplyAdd<f32>(uB, powerB, powerB), 16);
        powersA = f32x4.add(powersA, powerA);
        powersB = f32x4.add(powersB, powerB);
        restA = multiplyAdd<f32>(uA, powerA, restA);
        restB = multiplyAdd<f32>(uB, powerB, restB);
        at += 32;
        row += 32;
      } while (at < endOfRun);
      low = f64x2.add(low, f64x2.add(promotedSum(powersA), promotedSum(powersB)));
      high = f64x2.add(high, promotedSum(f32x4.add(restA, restB)));
    }
    if (isWhole) break;
    // Two more vectors, with the remaining logits.
    v128.store(vectors, f32x4.splat(left));
    v128.store(vectors, f32x4.splat(left), 16);
    memory.copy(vectors, at, remaining);
    at = vectors;
    end = at + 32;
  }
  const sum = f64x2.add(low, high);
  return f64x2.extract_lane(sum, 0) + f64x2.extract_lane(sum, 1);
}

