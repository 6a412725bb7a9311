// A model that is trained to the optimum of focal loss predicts p, not the probability η of its class. From p,
// h(p) = p / [q^γ − γ q^(γ−1) p log p], q = 1 − p, recovers it (Charoenphakdee et al. 2021): where η ℓ(p) + … is smallest, η is
// proportional to −1 / ℓ′(p) = h(p), and to h(p) / α with weights. With r(p) = −p log p / q in [0, 1],
//
//     log h(p) = log p − γ log q − log(1 + γ r(p)).

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

/** log h(p) − log h(q) of p = σ(x), and its derivative: as `logH` at x and −x, but what would cancel is left out. */
export function logOddsOfH(x: number, gamma: number): ValueAndSlope {
  const magnitude = Math.abs(x);
  const e = Math.exp(-magnitude);
  const log1p = Math.log1p(e);
  const ofLarger = e > 0 ? log1p / e : 1;
  const ofSmaller = e * (magnitude + log1p);
  const value = (1 + gamma) * magnitude + Math.log((1 + gamma * ofSmaller) / (1 + gamma * ofLarger));
  return { value: x < 0 ? -value : value, slope: logH(x, gamma).slope + logH(-x, gamma).slope };
}
