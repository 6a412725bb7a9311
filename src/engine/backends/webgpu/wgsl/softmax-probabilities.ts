/** Softmax of probabilities. Each is an independent input, so that only its own class's term depends on it. */
export const SOFTMAX_PROBABILITIES = /* wgsl */ `
fn probabilityTerm(logProbs: LogProbabilities, sample: u32, element: u32, class_: u32) -> Term {
  let label = labelAt(sample, element, class_);
  let k = weightOf(label, sample, class_);
  let poly = polyWeightOf(label, sample, class_);
  if (countsNot(k, poly)) { return NO_TERM; }
  return focalTerm(logProbs, classOptions[class_].gamma, k, poly);
}

fn prepareRow(lane: Lane, row: u32, sample: u32, isWanted: bool) {
  if (!WANTS_ELEMENTWISE) { return; }
  var loss = ZERO;
  if (isWanted) {
    let firstOfRow = firstElement(sample);
    for (var c = lane.class_; c < params.classes; c += params.lanesOfRow) {
      let element = firstOfRow + c * params.inner;
      if (isZero(labelAt(sample, element, c).y)) { continue; }
      loss = add(loss, probabilityTerm(fromProbability(predictionAt(element)), sample, element, c).loss);
    }
  }
  loss = totalOfClasses(loss, lane);
  if (isWanted && lane.class_ == 0) { storeElementwise(sample, loss); }
}

fn evaluateElement(rowIndex: u32, sample: u32, element: u32, class_: u32) -> Contribution {
  if (rows[rowIndex].ignored) {
    storeGradient(element, ZERO);
    storeHessian(element, ZERO);
    return NOTHING;
  }
  let logProbs = fromProbability(predictionAt(element));
  let term = probabilityTerm(logProbs, sample, element, class_);
  storeGradient(element, mul(term.gradient, params.scale));
  storeHessian(element, mul(term.hessian, params.scale));
  let label = labelAt(sample, element, class_);
  let isArgmax = class_ == rows[rowIndex].argmax;
  var contribution = Contribution(!label.ignored, label.positive, isArgmax, term.loss, ZERO, term.gradient, logProbs.q);
  if (ALL_SUMS) {
    let weight = mul(sampleWeight(sample), classOptions[class_].weight);
    contribution.crossEntropy = negative(mul(mul(weight, label.y), logProbs.logP));
    if (label.positive) { contribution.pt = logProbs.p; }
  }
  return contribution;
}
`;
