/** The terms that loss/log-probabilities.ts and loss/focal-term.ts derive. */
export const FOCAL_TERM = /* wgsl */ `
// p, q = 1 − p, their logarithms and the derivatives of these.
struct LogProbabilities { p: ExtendedFloat, q: ExtendedFloat, logP: ExtendedFloat, logQ: ExtendedFloat, dLogP: ExtendedFloat, dLogQ: ExtendedFloat, d2LogP: ExtendedFloat, d2LogQ: ExtendedFloat }

fn fromLogit(x: ExtendedFloat) -> LogProbabilities {
  let size = magnitude(x);
  let e = exponential(negative(size));
  let total = add(ONE, e);
  let larger = div(ONE, total);
  let smaller = mul(e, larger);
  let logLarger = negative(logarithm1p(e));
  let logSmaller = sub(logLarger, size);
  let d2Log = negative(mul(larger, smaller));
  if (x.v.x < 0) {
    return LogProbabilities(smaller, larger, logSmaller, logLarger, larger, negative(smaller), d2Log, d2Log);
  }
  return LogProbabilities(larger, smaller, logLarger, logSmaller, smaller, negative(larger), d2Log, d2Log);
}

// p and q are clamped separately, since 1 − ε may round to 1.
fn fromProbability(probability: ExtendedFloat) -> LogProbabilities {
  let p = clamped(probability);
  let q = clamped(sub(ONE, probability));
  let dLogP = div(ONE, p);
  let dLogQ = negative(div(ONE, q));
  return LogProbabilities(
    p,
    q,
    logOf(p, negative(q)),
    logOf(q, negative(p)),
    dLogP,
    dLogQ,
    negative(mul(dLogP, dLogP)),
    negative(mul(dLogQ, dLogQ)),
  );
}

fn clamped(probability: ExtendedFloat) -> ExtendedFloat {
  if (isLess(probability, params.epsilon)) { return params.epsilon; }
  if (isLess(params.notEpsilon, probability)) { return params.notEpsilon; }
  return probability;
}

// The complementary event: p and q are exchanged.
fn complement(logProbs: LogProbabilities) -> LogProbabilities {
  return LogProbabilities(
    logProbs.q,
    logProbs.p,
    logProbs.logQ,
    logProbs.logP,
    logProbs.dLogQ,
    logProbs.dLogP,
    logProbs.d2LogQ,
    logProbs.d2LogP,
  );
}

struct Term { loss: ExtendedFloat, gradient: ExtendedFloat, hessian: ExtendedFloat }

const NO_TERM = Term(ZERO, ZERO, ZERO);

fn addTerms(a: Term, b: Term) -> Term {
  return Term(add(a.loss, b.loss), add(a.gradient, b.gradient), add(a.hessian, b.hessian));
}

// The term of a positive label, times k, and what Poly-1 adds, times poly.
fn focalTerm(logProbs: LogProbabilities, gamma: ExtendedFloat, k: ExtendedFloat, poly: ExtendedFloat) -> Term {
  let modulator = power(logProbs.logQ, gamma);
  let weight = negative(mul(k, modulator));
  var term = Term(mul(weight, logProbs.logP), ZERO, ZERO);
  let slope = mul(gamma, logProbs.dLogQ);
  if (WANTS_SLOPES) {
    var gradient = logProbs.dLogP;
    if (!DETACHED_GRADIENT) { gradient = add(mul(slope, logProbs.logP), gradient); }
    term.gradient = mul(weight, gradient);
  }
  if (WANTS_HESSIAN) {
    var hessian = logProbs.d2LogP;
    if (!DETACHED_HESSIAN) {
      let modulatorTerm = mul(mul(gamma, logProbs.logP), add(mul(slope, logProbs.dLogQ), logProbs.d2LogQ));
      hessian = add(modulatorTerm, add(doubled(mul(slope, logProbs.dLogP)), hessian));
    }
    term.hessian = mul(weight, hessian);
  }
  if (HAS_POLY) { return addTerms(term, polyTerm(logProbs, gamma, mul(poly, mul(modulator, logProbs.q)))); }
  return term;
}

// With the loss L = k q^{γ+1}: L′ = (γ+1) m′ L and L″ = (γ+1) [(γ+1) m′² + m″] L; with a detached factor γ + 1 is 1 in them.
fn polyTerm(logProbs: LogProbabilities, gamma: ExtendedFloat, loss: ExtendedFloat) -> Term {
  var ofGradient = ONE;
  var ofHessian = ONE;
  if (!DETACHED_GRADIENT) { ofGradient = add(gamma, ONE); }
  if (!DETACHED_HESSIAN) { ofHessian = add(gamma, ONE); }
  var term = Term(loss, ZERO, ZERO);
  if (WANTS_SLOPES) { term.gradient = mul(loss, mul(ofGradient, logProbs.dLogQ)); }
  if (WANTS_HESSIAN) {
    let curvature = add(mul(ofHessian, mul(logProbs.dLogQ, logProbs.dLogQ)), logProbs.d2LogQ);
    term.hessian = mul(loss, mul(ofHessian, curvature));
  }
  return term;
}
`;
