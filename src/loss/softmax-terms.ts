import { type Detached, power } from './focal-term.ts';

/** log p and log q, q = 1 − p, of one sample's classes under softmax, `[classes]` each. */
export interface LogSoftmax {
  readonly logP: Float64Array;
  readonly logQ: Float64Array;
  /** The class with the largest logit; the first of equals. */
  readonly argmax: number;
}

/**
 * log softmax and its complement, exact where p rounds to 1.
 *
 * Only the largest class a can have p > ½. With S = Σ_{j≠a} e^{z_j − z_a} its log p is −log1p(S) and its log q is
 * log S − log1p(S), where log S is computed relative to the second largest logit, so that it is exact where S underflows.
 * Every other class has p ≤ ½, so that log1p(−p) is exact.
 */
export function logSoftmax(logits: Float64Array): LogSoftmax {
  const argmax = argmaxOf(logits);
  const maxLogit = logits[argmax]!;
  let second = Number.NEGATIVE_INFINITY;
  for (let j = 0; j < logits.length; j++) if (j !== argmax) second = Math.max(second, logits[j]!);
  let expSum = 0;
  for (let j = 0; j < logits.length; j++) if (j !== argmax) expSum += Math.exp(logits[j]! - second);

  const logExpSum = expSum === 0 ? Number.NEGATIVE_INFINITY : second - maxLogit + Math.log(expSum);
  const logTotal = Math.log1p(Math.exp(logExpSum));
  const logP = logits.map((logit) => logit - maxLogit - logTotal);
  const logQ = logP.map((log) => Math.log1p(-Math.exp(log)));
  logQ[argmax] = logExpSum - logTotal;
  return { logP, logQ, argmax };
}

/** Losses, gradients and the Hessian's diagonal of one sample, `[classes]` each; `loss[c]` is the term of class c. */
export interface SoftmaxTerms {
  readonly loss: Float64Array;
  readonly gradient: Float64Array;
  readonly hessian: Float64Array;
}

/** The weights of the classes' terms: of focal loss, and of what Poly-1 adds, `[classes]` each. */
export interface TermWeights {
  readonly focal: Float64Array;
  readonly poly: Float64Array;
}

/**
 * Focal loss under softmax, summed over classes c with weights k_c, of which all but one are 0 for a hard label, and what Poly-1
 * adds, with weights ε_c: L = Σ_c −k_c q_c^γ log p_c + ε_c q_c^{γ+1}.
 *
 * Each term is a function of u = log p_c, with the derivatives A and B by u. As ∂u/∂z_j = δ_jc − p_j and ∂²u/∂z_j² = −p_j q_j,
 *   ∂L/∂z_j = A (δ_jc − p_j)
 *   ∂²L/∂z_j² = K v_j² − A p_j q_j,  K = B q_c²,  v_c = 1,  v_j = −p_j / q_c
 * With r = log p / q (→ −1 as q → 0) they are
 *   focal loss   A = q^γ (γ p r − 1),   K = γ p q^{γ+1} [2 + log p − (γ − 1) p r]
 *   Poly-1       A = −(γ+1) p q^γ,      K = −(γ+1) p q^{γ+1} (q − γ p)
 * and with a detached factor q^γ
 *   focal loss   A = −q^γ,              K = 0
 *   Poly-1       A = −p q^γ,            K = −p q^{γ+2}
 * The sums over c below exclude the largest class a: its q may be nearly 0 and its term so large that adding and
 * subtracting it would cancel the others. p_j / q_a is computed from logarithms for the same reason.
 *
 * @param row from `logSoftmax`
 * @param gamma `[classes]`
 */
export function softmaxTerms(
  row: LogSoftmax,
  weights: TermWeights,
  gamma: Float64Array,
  detached: Detached,
): SoftmaxTerms {
  const { logP, logQ, argmax } = row;
  const classes = logP.length;
  const loss = new Float64Array(classes);
  const gradient = new Float64Array(classes);
  const hessian = new Float64Array(classes);
  const slopes = new Float64Array(classes); // A, of the gradient
  const ownSlopes = detached.hessian === detached.gradient ? slopes : new Float64Array(classes); // A, of the Hessian
  const curvatures = new Float64Array(classes); // K
  let slopesWithoutArgmax = 0;
  let ownSlopesTotal = 0;
  let curvaturesWithoutArgmax = 0; // Σ_{c≠a} K / q²

  for (let c = 0; c < classes; c++) {
    const k = weights.focal[c]!;
    const epsilon = weights.poly[c]!;
    if (k === 0 && epsilon === 0) continue;
    const g = gamma[c]!;
    const lp = logP[c]!;
    const lq = logQ[c]!;
    const p = Math.exp(lp);
    const q = Math.exp(lq);
    const ratio = q === 0 ? -1 : q < 0.5 ? Math.log1p(-q) / q : lp / q;
    const modulator = power(lq, g);
    const next = power(lq, g + 1);
    loss[c] = -k * modulator * lp + epsilon * next;
    const slopeOf = (isDetached: boolean) =>
      modulator * (isDetached ? -k - epsilon * p : k * (g * p * ratio - 1) - epsilon * (g + 1) * p);
    slopes[c] = slopeOf(detached.gradient);
    ownSlopes[c] = slopeOf(detached.hessian);
    curvatures[c] = detached.hessian
      ? -epsilon * p * next * q
      : p * next * (k * g * (2 + lp - (g - 1) * p * ratio) - epsilon * (g + 1) * (q - g * p));
    ownSlopesTotal += ownSlopes[c]!;
    if (c === argmax) continue;
    slopesWithoutArgmax += slopes[c]!;
    curvaturesWithoutArgmax += curvatures[c]! / (q * q);
  }

  const argmaxSlope = slopes[argmax]!;
  const argmaxCurvature = curvatures[argmax]!;
  for (let j = 0; j < classes; j++) {
    const lp = logP[j]!;
    const p = Math.exp(lp);
    const q = Math.exp(logQ[j]!);
    const slope = slopes[j]!;
    const curvature = curvatures[j]!;
    const isArgmax = j === argmax;
    const otherSlopes = isArgmax ? slopesWithoutArgmax : slopesWithoutArgmax - slope + argmaxSlope;
    const otherCurvatures = isArgmax
      ? p * p * curvaturesWithoutArgmax
      : p * p * (curvaturesWithoutArgmax - curvature / (q * q)) + argmaxCurvature * Math.exp(2 * (lp - logQ[argmax]!));
    gradient[j] = slope * q - p * otherSlopes;
    hessian[j] = curvature + otherCurvatures - p * q * ownSlopesTotal;
  }
  return { loss, gradient, hessian };
}

/** The first index of the largest value. */
export function argmaxOf(values: Float64Array): number {
  let best = 0;
  for (let j = 1; j < values.length; j++) if (values[j]! > values[best]!) best = j;
  return best;
}
