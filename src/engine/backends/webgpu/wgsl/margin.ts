/** Negatives that are shifted by a margin m, as in loss/log-probabilities.ts. */
export const MARGIN = /* wgsl */ `
// p − m, with all of its digits however small it is; 0 or less where there is no loss. With d = x − log(m / (1 − m)) it is
// p (1 − m) (1 − e^−d). That logarithm and m are sums of two numbers: a float64 has 5 bits more than one of them.
fn aboveMargin(logProbs: LogProbabilities, prediction: ExtendedFloat) -> ExtendedFloat {
  if (!IS_LOGITS) { return sub(sub(logProbs.p, params.margin), params.marginRest); }
  let d = sub(sub(prediction, params.marginLogit), params.marginLogitRest);
  if (d.v.x <= 0) { return ZERO; }
  return mul(mul(logProbs.p, params.notMargin), oneMinusExponential(negative(d)));
}

// The complementary event with p − m, which is shifted, and q + m in the place of p and q.
fn complementWithMargin(logProbs: LogProbabilities, shifted: ExtendedFloat) -> LogProbabilities {
  let rest = add(add(logProbs.q, params.marginRest), params.margin);
  let dp = mul(logProbs.p, logProbs.dLogP);
  let d2p = mul(logProbs.p, add(mul(logProbs.dLogP, logProbs.dLogP), logProbs.d2LogP));
  let dLogShifted = div(dp, shifted);
  let dLogRest = negative(div(dp, rest));
  return LogProbabilities(
    rest,
    shifted,
    logOf(rest, negative(shifted)),
    logOf(shifted, negative(rest)),
    dLogRest,
    dLogShifted,
    sub(negative(div(d2p, rest)), mul(dLogRest, dLogRest)),
    sub(div(d2p, shifted), mul(dLogShifted, dLogShifted)),
  );
}
`;
