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

function clamp(probability: number, epsilon: number): number {
  return Math.min(Math.max(probability, epsilon), 1 - epsilon);
}
