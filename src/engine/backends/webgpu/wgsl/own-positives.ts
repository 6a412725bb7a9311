/** Labels above 0 whose cross-entropy has no focusing, as in loss/labelled-term.ts: `varifocal` and `matchability`. */
export const OWN_POSITIVES = /* wgsl */ `
// k is the weight of positives.
fn ownPositiveTerm(
  logProbs: LogProbabilities,
  y: ExtendedFloat,
  notY: ExtendedFloat,
  gamma: ExtendedFloat,
  k: ExtendedFloat,
) -> Term {
  var weight = k;
  var own = y;
  var notOwn = notY;
  if (IS_VARIFOCAL) {
    weight = mul(k, y);
  } else {
    let logOwn = mul(gamma, logOf(y, negative(notY)));
    own = exponential(logOwn);
    notOwn = oneMinusExponential(logOwn);
  }
  var term = Term(mul(weight, crossEntropy(logProbs, own, notOwn)), ZERO, ZERO);
  if (WANTS_SLOPES) {
    term.gradient = negative(mul(weight, add(mul(own, logProbs.dLogP), mul(notOwn, logProbs.dLogQ))));
  }
  if (WANTS_HESSIAN) {
    term.hessian = negative(mul(weight, add(mul(own, logProbs.d2LogP), mul(notOwn, logProbs.d2LogQ))));
  }
  return term;
}
`;
