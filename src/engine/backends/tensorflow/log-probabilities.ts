import type { Float64, Float64Tensor } from './float64.ts';
import type { Derivatives } from './term.ts';

/** p, q = 1 − p, their logarithms and the derivatives of these, as in loss/log-probabilities.ts. */
export interface LogProbabilities {
  readonly p: Float64Tensor;
  readonly q: Float64Tensor;
  readonly logP: Float64Tensor;
  readonly logQ: Float64Tensor;
  readonly dLogP: Float64Tensor;
  readonly dLogQ: Float64Tensor;
  /** If second derivatives are requested. */
  readonly d2LogP?: Float64Tensor;
  readonly d2LogQ?: Float64Tensor;
}

/** Replaces log 0: its product with any γ ≥ 0 is finite, and the exponential of that is 0, or 1 for γ = 0. */
export const LOG_ZERO = -1e100;

/** p = σ(x), by derivatives with respect to the logit x. */
export function fromLogit(f: Float64, x: Float64Tensor, { hessian }: Derivatives): LogProbabilities {
  const logP = f.neg(f.softplus(f.neg(x)));
  const logQ = f.neg(f.softplus(x));
  const p = f.exp(logP);
  const q = f.exp(logQ);
  const first = { p, q, logP, logQ, dLogP: q, dLogQ: f.neg(p) };
  if (!hessian) return first;
  const second = f.neg(f.mul(p, q));
  return { ...first, d2LogP: second, d2LogQ: second };
}

/** p and q are each clamped to [ε, 1 − ε]; derivatives are with respect to p. */
export function fromProbability(
  f: Float64,
  probability: Float64Tensor,
  epsilon: number,
  { hessian }: Derivatives,
): LogProbabilities {
  const clamp = (x: Float64Tensor) => f.min(f.max(x, epsilon), 1 - epsilon);
  const p = clamp(probability);
  const q = clamp(f.sub(1, probability));
  const log = (part: Float64Tensor, rest: Float64Tensor) =>
    f.select(f.less(part, 0.5), f.log(part), f.log1p(f.neg(rest)));
  const dLogP = f.div(1, p);
  const dLogQ = f.div(-1, q);
  return {
    p,
    q,
    logP: log(p, q),
    logQ: log(q, p),
    dLogP,
    dLogQ,
    ...(hessian && { d2LogP: f.neg(f.square(dLogP)), d2LogQ: f.neg(f.square(dLogQ)) }),
  };
}

/** The complementary event: p and q are exchanged. */
export function complement(logProbs: LogProbabilities): LogProbabilities {
  return {
    p: logProbs.q,
    q: logProbs.p,
    logP: logProbs.logQ,
    logQ: logProbs.logP,
    dLogP: logProbs.dLogQ,
    dLogQ: logProbs.dLogP,
    ...(logProbs.d2LogP && logProbs.d2LogQ && { d2LogP: logProbs.d2LogQ, d2LogQ: logProbs.d2LogP }),
  };
}
