import type { Float64, Wide } from './float64.ts';
import type { Wanted } from './focal-term.ts';

/** log p, log q, q = 1 − p, and their derivatives with respect to the caller's input, as loss/log-pair.ts has them. */
export interface LogPair {
  readonly p: Wide;
  readonly q: Wide;
  readonly logP: Wide;
  readonly logQ: Wide;
  readonly dLogP: Wide;
  readonly dLogQ: Wide;
  /** Where second derivatives are wanted. */
  readonly d2LogP?: Wide;
  readonly d2LogQ?: Wide;
}

/** p = σ(x). */
export function fromLogit(f: Float64, x: Wide, { hessian }: Wanted): LogPair {
  const logP = f.neg(f.softplus(f.neg(x)));
  const logQ = f.neg(f.softplus(x));
  const p = f.exp(logP);
  const q = f.exp(logQ);
  const first = { p, q, logP, logQ, dLogP: q, dLogQ: f.neg(p) };
  if (!hessian) return first;
  const second = f.neg(f.mul(p, q));
  return { ...first, d2LogP: second, d2LogQ: second };
}

/** p itself, clamped to [ε, 1 − ε], and q apart from it. */
export function fromProbability(f: Float64, probability: Wide, epsilon: number, { hessian }: Wanted): LogPair {
  const clamp = (x: Wide) => f.min(f.max(x, epsilon), 1 - epsilon);
  const p = clamp(probability);
  const q = clamp(f.sub(1, probability));
  const log = (part: Wide, rest: Wide) => f.select(f.less(part, 0.5), f.log(part), f.log1p(f.neg(rest)));
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

/** The same prediction seen from the negative label. */
export function mirrored(pair: LogPair): LogPair {
  return {
    p: pair.q,
    q: pair.p,
    logP: pair.logQ,
    logQ: pair.logP,
    dLogP: pair.dLogQ,
    dLogQ: pair.dLogP,
    ...(pair.d2LogP && pair.d2LogQ && { d2LogP: pair.d2LogQ, d2LogQ: pair.d2LogP }),
  };
}
