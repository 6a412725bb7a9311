/** The terms that loss/labelled-term.ts derives. */
export const LABELLED_TERM = /* wgsl */ `
fn crossEntropy(logProbs: LogProbabilities, y: ExtendedFloat, notY: ExtendedFloat) -> ExtendedFloat {
  return negative(add(mul(y, logProbs.logP), mul(notY, logProbs.logQ)));
}

// The term of a label y in [0, 1] and notY, 1 − y; weight is that of the element.
fn labelledTerm(
  logProbs: LogProbabilities,
  prediction: ExtendedFloat,
  label: Label,
  options: ClassOptions,
  weight: ExtendedFloat,
) -> Term {
  let y = label.y;
  let notY = label.notY;
  if (HAS_OWN_POSITIVES && !isZero(y)) {
    return ownPositiveTerm(logProbs, y, notY, options.gamma, mul(weight, options.positive));
  }
  let ofPositive = mul(mul(weight, options.positive), y);
  let ofNegative = mul(mul(weight, options.negative), notY);
  if (IS_TERMWISE || isZero(y) || isZero(notY)) {
    var poly = ZERO;
    if (HAS_POLY) { poly = mul(mul(weight, options.weight), params.polyEpsilon); }
    var term = NO_TERM;
    var current = logProbs;
    var gamma = options.gamma;
    var k = ofPositive;
    var kOfPoly = ZERO;
    if (HAS_POLY) { kOfPoly = mul(poly, y); }
    for (var side = 0; side < 2; side++) { // A loop, so that the long code of a term is inlined once.
      if (!isZero(k) || (HAS_POLY && !isZero(kOfPoly))) {
        term = addTerms(term, focalTerm(current, gamma, k, kOfPoly));
      }
      current = complement(logProbs);
      k = ofNegative;
      if (HAS_POLY) { kOfPoly = mul(poly, notY); }
      if (HAS_SIDES) { gamma = options.negativeGamma; }
      if (HAS_MARGIN) {
        if (side > 0 || isZero(notY)) { break; }
        let shifted = aboveMargin(logProbs, prediction);
        if (shifted.v.x <= 0) { break; } // The loss is constant.
        current = complementWithMargin(logProbs, shifted);
      }
    }
    return term;
  }
  let gamma = options.gamma;
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

// k u^γ C by the product rule, with u′ and u″ divided by u. With a detached factor only the derivatives of C remain.
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
  if (WANTS_SLOPES) {
    var gradient = dc;
    if (!DETACHED_GRADIENT) { gradient = add(mul(modulatorSlope, c), gradient); }
    term.gradient = mul(weight, gradient);
  }
  if (WANTS_HESSIAN) {
    let d2c = negative(add(mul(y, logProbs.d2LogP), mul(notY, logProbs.d2LogQ)));
    var hessian = d2c;
    if (!DETACHED_HESSIAN) {
      let modulatorCurvature = add(mul(sub(gamma, ONE), mul(slope, slope)), div(by.d2u, by.u));
      let curvature = add(mul(mul(gamma, modulatorCurvature), c), doubled(mul(modulatorSlope, dc)));
      hessian = add(curvature, hessian);
    }
    term.hessian = mul(weight, hessian);
  }
  return term;
}
`;
