/** Each class is a binary problem of its own. */
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
  var pair: Pair;
  if (IS_LOGITS) { pair = fromLogit(prediction); } else { pair = fromProbability(prediction); }
  let options = classOptions[class_];
  let weight = sampleWeight(sample);
  let term = labelledTerm(pair, label.y, options.gamma, mul(weight, options.positive), mul(weight, options.negative));
  storeGradient(element, mul(term.gradient, job.scale));
  storeElementwise(element, term.loss);
  storeHessian(element, mul(term.hessian, job.scale));

  var part = Contribution(true, label.positive, false, term.loss, ZERO, term.gradient, pair.q);
  if (ALL_SUMS) {
    part.predicted = orderOf(predictions[element]) >= orderOf(select(0x3f000000u, 0u, IS_LOGITS));
    part.crossEntropy = mul(mul(weight, options.weight), crossEntropy(pair, label.y));
    if (label.positive) { part.pt = pair.p; }
  }
  return part;
}
`;
