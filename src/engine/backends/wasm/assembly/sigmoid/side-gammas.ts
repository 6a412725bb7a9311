import { ANY_GAMMA, KernelParams } from '../kernel-params';
import { ClassPair } from '../sums';

/** Whether a γ is no multiple of ½ up to 5, or differs between the classes. */
@inline
export function hasAnyGamma(params: KernelParams): bool {
  return params.positiveHalfSteps == ANY_GAMMA || params.negativeHalfSteps == ANY_GAMMA;
}

/** γ of the elements' sides. @param positive mask of the positive lanes */
@inline
export function gammaOf(pair: ClassPair, positive: v128): v128 {
  return v128.bitselect(pair.gamma, pair.negativeGamma, positive);
}
