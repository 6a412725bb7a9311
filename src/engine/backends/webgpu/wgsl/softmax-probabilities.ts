/** Softmax of probabilities: each is an input of its own, so only the term that it stands in moves with it. */
export const SOFTMAX_PROBABILITIES = /* wgsl */ `
fn probabilityTerm(pair: Pair, sample: u32, element: u32, class_: u32) -> Term {
  let k = weightOf(labelAt(sample, element, class_), sample, class_);
  if (isZero(k)) { return NO_TERM; }
  return focalTerm(pair, classOptions[class_].gamma, k);
}

fn prepareRow(place: Place, row: u32, sample: u32, isWanted: bool) {
  if (!WANTS_ELEMENTWISE) { return; }
  var loss = ZERO;
  if (isWanted) {
    let firstOfRow = firstElement(sample);
    for (var c = place.class_; c < job.classes; c += job.lanesOfRow) {
      let element = firstOfRow + c * job.inner;
      if (isZero(labelAt(sample, element, c).y)) { continue; }
      loss = add(loss, probabilityTerm(fromProbability(predictionAt(element)), sample, element, c).loss);
    }
  }
  loss = totalOfClasses(loss, place);
  if (isWanted && place.class_ == 0) { storeElementwise(sample, loss); }
}

fn evaluateElement(rowIndex: u32, sample: u32, element: u32, class_: u32) -> Contribution {
  if (rows[rowIndex].ignored) {
    storeGradient(element, ZERO);
    storeHessian(element, ZERO);
    return NOTHING;
  }
  let pair = fromProbability(predictionAt(element));
  let term = probabilityTerm(pair, sample, element, class_);
  storeGradient(element, mul(term.gradient, job.scale));
  storeHessian(element, mul(term.hessian, job.scale));
  let label = labelAt(sample, element, class_);
  let isTop = class_ == rows[rowIndex].top;
  var part = Contribution(!label.ignored, label.positive, isTop, term.loss, ZERO, term.gradient, pair.q);
  if (ALL_SUMS) {
    let weight = mul(sampleWeight(sample), classOptions[class_].weight);
    part.crossEntropy = negative(mul(mul(weight, label.y), pair.logP));
    if (label.positive) { part.pt = pair.p; }
  }
  return part;
}
`;
