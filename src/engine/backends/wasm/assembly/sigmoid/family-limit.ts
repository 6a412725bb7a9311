import { ANY_GAMMA, KernelParams, MATCHABILITY } from '../kernel-params';
import { ClassPair, pairAt } from '../sums';
import { hasAnyGamma } from './side-gammas';

/** Smaller margins, and those nearer to 1, leave a probability beyond them few digits. */
const MIN_MARGIN: f64 = 1e-6;
const MAX_MARGIN: f64 = 0.999;
/** Powers multiply the error of the probability beyond the margin, 1e-8. */
const MAX_GAMMA_WITH_MARGIN: f64 = 4;
/** Powers that are computed from logarithms have an error of their own. */
const MAX_ANY_GAMMA_WITH_MARGIN: f64 = 3;
const MAX_POLY: f64 = 1e4;

/** Whether the float32 kernels serve the options of the family that are in use. */
export function servesFamily(params: KernelParams): bool {
  if (params.margin != 0) {
    if (!(params.margin >= MIN_MARGIN && params.margin <= MAX_MARGIN)) return false;
    const maxGamma = hasAnyGamma(params) ? MAX_ANY_GAMMA_WITH_MARGIN : MAX_GAMMA_WITH_MARGIN;
    if (params.maxGamma > maxGamma || params.scale > 1) return false;
  }
  // 1 − t^γ needs the digits of products.
  if (params.softLabels == MATCHABILITY && params.dense && params.negativeHalfSteps == ANY_GAMMA) return false;
  // A negative ε cancels digits.
  if (params.polyEpsilon == 0) return true;
  return params.polyEpsilon > 0 && params.polyEpsilon <= MAX_POLY && hasAlphas(params);
}

/** Whether both α of each class that has a weight are above 0: what Poly-1 adds is evaluated as a multiple of them. */
function hasAlphas(params: KernelParams): bool {
  const ZERO = f64x2.splat(0);
  let missing = ZERO;
  const pairs = params.lanesAreSamples ? params.classes : (params.classes + 1) >> 1;
  for (let i: u32 = 0; i < pairs; i++) {
    const pair: ClassPair = pairAt(params, i);
    const both = f64x2.mul(pair.positiveAlpha, pair.negativeAlpha);
    missing = v128.or(missing, v128.andnot(f64x2.eq(both, ZERO), f64x2.eq(pair.classWeight, ZERO)));
  }
  return !v128.any_true(missing);
}
