/**
 * log p and log q of a prediction, q = 1 − p, and their first two derivatives with respect to the input, a logit or a
 * probability. The formulas of the loss need nothing else, so that they serve both kinds of input.
 */
export interface LogProbabilities {
  readonly logP: number;
  readonly logQ: number;
  readonly dLogP: number;
  readonly dLogQ: number;
  readonly d2LogP: number;
  readonly d2LogQ: number;
}

/** p = σ(x): log p = −softplus(−x), (log p)′ = q, (log p)″ = −pq, and log q = log p at −x. Derivatives are d/dx. */
export function fromLogit(x: number): LogProbabilities {
  const logP = -softplus(-x);
  const logQ = -softplus(x);
  const p = Math.exp(logP);
  const q = Math.exp(logQ);
  return { logP, logQ, dLogP: q, dLogQ: -p, d2LogP: -p * q, d2LogQ: -p * q };
}

/**
 * softplus(x) = log(1 + eˣ), to float64 precision for every finite x.
 *
 * For x > 0 the exponential would overflow, and 1 + eˣ would round small terms away for x ≪ 0:
 * log(1 + eˣ) = max(x, 0) + log1p(e^−|x|) does neither.
 */
export function softplus(x: number): number {
  return Math.max(x, 0) + Math.log1p(Math.exp(-Math.abs(x)));
}

/**
 * p clamped to [ε, 1 − ε], with derivatives with respect to p at the clamped value. q is clamped separately: 1 − ε may
 * round to 1, so that q computed as 1 − p would be 0.
 */
export function fromProbability(probability: number, epsilon: number): LogProbabilities {
  const p = clamp(probability, epsilon);
  const q = clamp(1 - probability, epsilon);
  return {
    logP: p < 0.5 ? Math.log(p) : Math.log1p(-q),
    logQ: q < 0.5 ? Math.log(q) : Math.log1p(-p),
    dLogP: 1 / p,
    dLogQ: -1 / q,
    d2LogP: -1 / (p * p),
    d2LogQ: -1 / (q * q),
  };
}

/** The complementary event, for negative labels: p and q are exchanged. */
export function complement(logProbs: LogProbabilities): LogProbabilities {
  return {
    logP: logProbs.logQ,
    logQ: logProbs.logP,
    dLogP: logProbs.dLogQ,
    dLogQ: logProbs.dLogP,
    d2LogP: logProbs.d2LogQ,
    d2LogQ: logProbs.d2LogP,
  };
}

/**
 * The complementary event with its probability shifted: p_m = p − m, 1 − p_m = q + m in the place of p and q. Just above the
 * margin p − m is m q (e^d − 1), where d = log (p / q) − log (m / (1 − m)); else it is the difference of the smaller of p and q.
 *
 * @param margin m in (0, 1)
 * @returns undefined if p ≤ m, where the loss is constant
 */
export function complementWithMargin(logProbs: LogProbabilities, margin: number): LogProbabilities | undefined {
  const { logP, logQ, dLogP, d2LogP } = logProbs;
  const p = Math.exp(logP);
  if (p === margin) return undefined; // d may be a rounding error.
  const q = Math.exp(logQ);
  const d = logP - logQ - Math.log(margin) + Math.log1p(-margin);
  const difference = margin < 0.5 ? p - margin : 1 - margin - q;
  const shifted = Math.abs(d) < 1 ? margin * q * Math.expm1(d) : difference;
  if (shifted <= 0) return undefined;
  const rest = q + margin;
  const dp = p * dLogP;
  const d2p = p * (dLogP * dLogP + d2LogP);
  const dLogShifted = dp / shifted;
  const dLogRest = -dp / rest;
  return {
    logP: shifted < 0.5 ? Math.log1p(-shifted) : Math.log(rest),
    logQ: shifted < 0.5 ? Math.log(shifted) : Math.log1p(-rest),
    dLogP: dLogRest,
    dLogQ: dLogShifted,
    d2LogP: -d2p / rest - dLogRest * dLogRest,
    d2LogQ: d2p / shifted - dLogShifted * dLogShifted,
  };
}

function clamp(probability: number, epsilon: number): number {
  return Math.min(Math.max(probability, epsilon), 1 - epsilon);
}
