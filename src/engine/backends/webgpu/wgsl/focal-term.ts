/** The terms that loss/log-probabilities.ts, loss/focal-term.ts and loss/labelled-term.ts derive. */
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

// The term of a positive label, times k.
fn focalTerm(logProbs: LogProbabilities, gamma: ExtendedFloat, k: ExtendedFloat) -> Term {
  let weight = negative(mul(k, power(logProbs.logQ, gamma)));
  var term = Term(mul(weight, logProbs.logP), ZERO, ZERO);
  let slope = mul(gamma, logProbs.dLogQ);
  if (WANTS_SLOPES) { term.gradient = mul(weight, add(mul(slope, logProbs.logP), logProbs.dLogP)); }
  if (WANTS_HESSIAN) {
    let modulatorTerm = mul(mul(gamma, logProbs.logP), add(mul(slope, logProbs.dLogQ), logProbs.d2LogQ));
    term.hessian = mul(weight, add(modulatorTerm, add(doubled(mul(slope, logProbs.dLogP)), logProbs.d2LogP)));
  }
  return term;
}

fn crossEntropy(logProbs: LogProbabilities, y: ExtendedFloat, notY: ExtendedFloat) -> ExtendedFloat {
  return negative(add(mul(y, logProbs.logP), mul(notY, logProbs.logQ)));
}

// The term of a label y in [0, 1] and notY, 1 − y; positive and negativeSide are the weights of the two sides.
fn labelledTerm(
  logProbs: LogProbabilities,
  y: ExtendedFloat,
  notY: ExtendedFloat,
  gamma: ExtendedFloat,
  positive: ExtendedFloat,
  negativeSide: ExtendedFloat,
) -> Term {
  let ofPositive = mul(positive, y);
  let ofNegative = mul(negativeSide, notY);
  if (IS_TERMWISE || isZero(y) || isZero(notY)) {
    var term = NO_TERM;
    var current = logProbs;
    var k = ofPositive;
    for (var side = 0; side < 2; side++) { // A loop, so that the long code of a term is inlined once.
      if (!isZero(k)) { term = addTerms(term, focalTerm(current, gamma, k)); }
      current = complement(logProbs);
      k = ofNegative;
    }
    return term;
  }
  let dp = mul(logProbs.p, logProbs.dLogP);
  let d2p = mul(logProbs.p, add(mul(logProbs.dLogP, logProbs.dLogP), logProbs.d2LogP));
  var modulation: Modulation;
  if (IS_QUALITY) {
    modulation = distanceOf(logProbs, y, notY, gamma, dp, d2p);
  } else {
    let labelSlope = sub(notY, y);
    modulation.u = add(mul(y, logProbs.q), mul(notY, logProbs.p));
    modulation.v = add(mul(y, logProbs.p), mul(notY, logProbs.q));
    modulation.du = mul(labelSlope, dp);
    modulation.d2u = mul(labelSlope, d2p);
  }
  return modulated(logProbs, y, notY, gamma, add(ofPositive, ofNegative), modulation);
}

// u, v = 1 − u, u′ and u″.
struct Modulation { u: ExtendedFloat, v: ExtendedFloat, du: ExtendedFloat, d2u: ExtendedFloat }

// |p − y|, computed from the smaller of p and q. Where it is 0, it is replaced by a tiny number, whose powers are all 0
// except the u^0 that multiplies u″ at γ = 2; for other γ, the terms with u′ and u″ are 0 or omitted by the reference.
fn distanceOf(
  logProbs: LogProbabilities,
  y: ExtendedFloat,
  notY: ExtendedFloat,
  gamma: ExtendedFloat,
  dp: ExtendedFloat,
  d2p: ExtendedFloat,
) -> Modulation {
  var distance = sub(logProbs.p, y);
  if (isLess(logProbs.q, logProbs.p)) { distance = sub(notY, logProbs.q); }
  if (isZero(distance)) {
    let isTwo = gamma.v.x == 1 && gamma.v.y == 0 && gamma.e == 1;
    if (isTwo) { return Modulation(NEARLY_ZERO, ONE, dp, d2p); }
    return Modulation(NEARLY_ZERO, ONE, ZERO, ZERO);
  }
  if (distance.v.x < 0) { return Modulation(negative(distance), add(notY, logProbs.p), negative(dp), negative(d2p)); }
  return Modulation(distance, add(y, logProbs.q), dp, d2p);
}

const NEARLY_ZERO = ExtendedFloat(vec2f(1, 0), -1000);

// k u^γ C by the product rule, with u′ and u″ divided by u.
fn modulated(
  logProbs: LogProbabilities,
  y: ExtendedFloat,
  notY: ExtendedFloat,
  gamma: ExtendedFloat,
  k: ExtendedFloat,
  by: Modulation,
) -> Term {
  let weight = mul(k, power(logOf(by.u, negative(by.v)), gamma));
  let c = crossEntropy(logProbs, y, notY);
  var term = Term(mul(weight, c), ZERO, ZERO);
  let dc = negative(add(mul(y, logProbs.dLogP), mul(notY, logProbs.dLogQ)));
  let slope = div(by.du, by.u);
  let modulatorSlope = mul(gamma, slope);
  if (WANTS_SLOPES) { term.gradient = mul(weight, add(mul(modulatorSlope, c), dc)); }
  if (WANTS_HESSIAN) {
    let d2c = negative(add(mul(y, logProbs.d2LogP), mul(notY, logProbs.d2LogQ)));
    let modulatorCurvature = add(mul(sub(gamma, ONE), mul(slope, slope)), div(by.d2u, by.u));
    let curvature = add(mul(mul(gamma, modulatorCurvature), c), doubled(mul(modulatorSlope, dc)));
    term.hessian = mul(weight, add(curvature, d2c));
  }
  return term;
}
`;
