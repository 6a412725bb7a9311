// A model that is trained to the optimum of focal loss predicts p, not the probability η of its class. From p,
// h(p) = p / [q^γ − γ q^(γ−1) p log p], q = 1 − p, recovers it (Charoenphakdee et al. 2021).
//
// The loss of a positive is ℓ(p) = −q^γ log p, so ℓ′(p) = γ q^(γ−1) log p − q^γ / p = −1 / h(p), which is negative.
// Sigmoid: η α ℓ(p) + (1 − η) (1 − α) ℓ(q) is smallest where its derivative by p is 0,
//
//     η α ℓ′(p) = (1 − η) (1 − α) ℓ′(q),  so  η / (1 − η) = [h(p) / α] / [h(q) / (1 − α)].
//
// Softmax: Σ η_c α_c ℓ(p_c) subject to Σ p_c = 1 is smallest where η_c α_c ℓ′(p_c) is the same for every class, so that η_c is
// proportional to h(p_c) / α_c. With r(p) = −p log p / q, which is in [0, 1],
//
//     log h(p) = log p − γ log q − log(1 + γ r(p)).
//
// For p = σ(x): d log p = q dx, d log q = −p dx and dr = (r − p) dx, from log r = log p + log(−log p) − log q: its derivative is
// q + q / log p + p = 1 − p / r. Hence the slope q + γ p − γ (r − p) / (1 + γ r).

export interface ValueAndSlope {
  readonly value: number;
  readonly slope: number;
}

/** log h(p) of p = σ(x), and its derivative with respect to x. */
export function logH(x: number, gamma: number): ValueAndSlope {
  const e = Math.exp(-Math.abs(x));
  const log1p = Math.log1p(e);
  const larger = 1 / (1 + e);
  const [p, q] = x >= 0 ? [larger, e * larger] : [e * larger, larger];
  const logP = Math.min(x, 0) - log1p;
  const logQ = Math.min(-x, 0) - log1p;
  // p / q = e^x.
  const r = x < 0 ? -e * logP : e > 0 ? log1p / e : 1;
  return {
    value: logP - gamma * logQ - Math.log1p(gamma * r),
    slope: q + gamma * p + (gamma * (p - r)) / (1 + gamma * r),
  };
}

/**
 * log h(p) − log h(q) of p = σ(x), and its derivative: as `logH` at x and −x, but what would cancel is left out.
 *
 * With log p − log q = x it is (1 + γ) x + log[(1 + γ r(q)) / (1 + γ r(p))], and odd in x. For x > 0, e = e^−x = q / p:
 * r(p) = log1p(e) / e and r(q) = e (x + log1p(e)).
 */
export function logOddsOfH(x: number, gamma: number): ValueAndSlope {
  const magnitude = Math.abs(x);
  const e = Math.exp(-magnitude);
  const log1p = Math.log1p(e);
  const ofLarger = e > 0 ? log1p / e : 1;
  const ofSmaller = e * (magnitude + log1p);
  const value = (1 + gamma) * magnitude + Math.log((1 + gamma * ofSmaller) / (1 + gamma * ofLarger));
  return { value: x < 0 ? -value : value, slope: logH(x, gamma).slope + logH(-x, gamma).slope };
}
