/** Under sigmoid, each class is an independent binary problem. */
export const SIGMOID = /* wgsl */ `
fn prepareRows(thread: u32, firstSample: u32) {}

fn evaluateElement(row: u32, sample: u32, element: u32, class_: u32) -> Contribution {
  let label = labelAt(sample, element, class_);
  if (label.ignored) {
    storeGradient(element, ZERO);
    storeElementwise(element, ZERO);
    storeHessian(element, ZERO);
    return NOTHING;
  }
  let prediction = predictionAt(element);
  var logProbs: LogProbabilities;
  if (IS_LOGITS) { logProbs = fromLogit(prediction); } else { logProbs = fromProbability(prediction); }
  let options = optionsOf(class_);
  let weight = weightAt(sample, element);
  let term = labelledTerm(logProbs, prediction, label, options, weight);
  storeGradient(element, mul(term.gradient, params.scale));
  storeElementwise(element, term.loss);
  storeHessian(element, mul(term.hessian, params.scale));

  var contribution = Contribution(true, label.positive, false, term.loss, ZERO, term.gradient, logProbs.q);
  if (ALL_SUMS) {
    contribution.predicted = orderOf(predictions[element]) >= orderOf(select(0x3f000000u, 0u, IS_LOGITS));
    contribution.crossEntropy = mul(mul(weight, options.weight), crossEntropy(logProbs, label.y, label.notY));
    if (label.positive) { contribution.pt = logProbs.p; }
  }
  return contribution;
}
`;
