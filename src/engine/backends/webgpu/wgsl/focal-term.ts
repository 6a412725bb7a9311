/** What loss/log-pair.ts, loss/focal-term.ts and loss/labelled-term.ts define, where they are derived. */
export const FOCAL_TERM = /* wgsl */ `
// log p and log q of a prediction with their derivatives.
struct Pair { p: Num, q: Num, logP: Num, logQ: Num, dLogP: Num, dLogQ: Num, d2LogP: Num, d2LogQ: Num }

fn fromLogit(x: Num) -> Pair {
  let size = magnitude(x);
  let e = exponential(negative(size));
  let total = add(ONE, e);
  let larger = div(ONE, total);
  let smaller = mul(e, larger);
  let logLarger = negative(logarithm1p(e));
  let logSmaller = sub(logLarger, size);
  let bend = negative(mul(larger, smaller));
  if (x.v.x < 0) {
    return Pair(smaller, larger, logSmaller, logLarger, larger, negative(smaller), bend, bend);
  }
  return Pair(larger, smaller, logLarger, logSmaller, smaller, negative(larger), bend, bend);
}

// q is clamped apart from p, as 1 − ε may be 1.
fn fromProbability(probability: Num) -> Pair {
  let p = clamped(probability);
  let q = clamped(sub(ONE, probability));
  let dLogP = div(ONE, p);
  let dLogQ = negative(div(ONE, q));
  return Pair(p, q, logOf(p, negative(q)), logOf(q, negative(p)), dLogP, dLogQ, negative(mul(dLogP, dLogP)), negative(mul(dLogQ, dLogQ)));
}

fn clamped(probability: Num) -> Num {
  if (isLess(probability, job.epsilon)) { return job.epsilon; }
  if (isLess(job.notEpsilon, probability)) { return job.notEpsilon; }
  return probability;
}

fn mirrored(pair: Pair) -> Pair {
  return Pair(pair.q, pair.p, pair.logQ, pair.logP, pair.dLogQ, pair.dLogP, pair.d2LogQ, pair.d2LogP);
}

struct Term { loss: Num, gradient: Num, hessian: Num }

const NO_TERM = Term(ZERO, ZERO, ZERO);

fn addTerms(a: Term, b: Term) -> Term {
  return Term(add(a.loss, b.loss), add(a.gradient, b.gradient), add(a.hessian, b.hessian));
}

// Of a positive label, times k.
fn focalTerm(pair: Pair, gamma: Num, k: Num) -> Term {
  let weight = negative(mul(k, power(pair.logQ, gamma)));
  var term = Term(mul(weight, pair.logP), ZERO, ZERO);
  let slope = mul(gamma, pair.dLogQ);
  if (WANTS_SLOPES) { term.gradient = mul(weight, add(mul(slope, pair.logP), pair.dLogP)); }
  if (WANTS_HESSIAN) {
    let bend = mul(mul(gamma, pair.logP), add(mul(slope, pair.dLogQ), pair.d2LogQ));
    term.hessian = mul(weight, add(bend, add(doubled(mul(slope, pair.dLogP)), pair.d2LogP)));
  }
  return term;
}

fn crossEntropy(pair: Pair, y: Num) -> Num {
  return negative(add(mul(y, pair.logP), mul(sub(ONE, y), pair.logQ)));
}

// Of a label y in [0, 1]; positive and negative are the weights of the two sides.
fn labelledTerm(pair: Pair, y: Num, gamma: Num, positive: Num, negativeSide: Num) -> Term {
  let notY = sub(ONE, y);
  let ofPositive = mul(positive, y);
  let ofNegative = mul(negativeSide, notY);
  if (IS_TERMWISE || isZero(y) || isOne(y)) {
    var term = NO_TERM;
    var seen = pair;
    var k = ofPositive;
    for (var side = 0; side < 2; side++) { // So that the code of a term is there once: it is long, and inlined.
      if (!isZero(k)) { term = addTerms(term, focalTerm(seen, gamma, k)); }
      seen = mirrored(pair);
      k = ofNegative;
    }
    return term;
  }
  let dp = mul(pair.p, pair.dLogP);
  let d2p = mul(pair.p, add(mul(pair.dLogP, pair.dLogP), pair.d2LogP));
  var modulation: Modulation;
  if (IS_QUALITY) {
    modulation = distanceOf(pair, y, notY, gamma, dp, d2p);
  } else {
    let lean = sub(notY, y);
    modulation.u = add(mul(y, pair.q), mul(notY, pair.p));
    modulation.v = add(mul(y, pair.p), mul(notY, pair.q));
    modulation.du = mul(lean, dp);
    modulation.d2u = mul(lean, d2p);
  }
  return modulated(pair, y, notY, gamma, add(ofPositive, ofNegative), modulation);
}

// u, v = 1 − u, u′ and u″.
struct Modulation { u: Num, v: Num, du: Num, d2u: Num }

// |p − y| from whichever of p and q is small. Where it is 0, a stand-in makes 0 of every power of it but the one that
// u″ has at γ = 2; for other γ the definition leaves out, or has as 0, what u′ and u″ stand in.
fn distanceOf(pair: Pair, y: Num, notY: Num, gamma: Num, dp: Num, d2p: Num) -> Modulation {
  var distance = sub(pair.p, y);
  if (isLess(pair.q, pair.p)) { distance = sub(notY, pair.q); }
  if (isZero(distance)) {
    let isTwo = gamma.v.x == 1 && gamma.v.y == 0 && gamma.e == 1;
    if (isTwo) { return Modulation(NEARLY_ZERO, ONE, dp, d2p); }
    return Modulation(NEARLY_ZERO, ONE, ZERO, ZERO);
  }
  if (distance.v.x < 0) { return Modulation(negative(distance), add(notY, pair.p), negative(dp), negative(d2p)); }
  return Modulation(distance, add(y, pair.q), dp, d2p);
}

const NEARLY_ZERO = Num(vec2f(1, 0), -1000);

// k u^γ C, with u′ and u″ divided by u.
fn modulated(pair: Pair, y: Num, notY: Num, gamma: Num, k: Num, by: Modulation) -> Term {
  let weight = mul(k, power(logOf(by.u, negative(by.v)), gamma));
  let c = crossEntropy(pair, y);
  var term = Term(mul(weight, c), ZERO, ZERO);
  let dc = negative(add(mul(y, pair.dLogP), mul(notY, pair.dLogQ)));
  let slope = div(by.du, by.u);
  let focusSlope = mul(gamma, slope);
  if (WANTS_SLOPES) { term.gradient = mul(weight, add(mul(focusSlope, c), dc)); }
  if (WANTS_HESSIAN) {
    let d2c = negative(add(mul(y, pair.d2LogP), mul(notY, pair.d2LogQ)));
    let bend = add(mul(sub(gamma, ONE), mul(slope, slope)), div(by.d2u, by.u));
    let curve = add(mul(mul(gamma, bend), c), doubled(mul(focusSlope, dc)));
    term.hessian = mul(weight, add(curve, d2c));
  }
  return term;
}
`;
