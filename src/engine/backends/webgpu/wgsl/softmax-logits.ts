/** Softmax of logits; loss/softmax-terms.ts derives the formulas. */
export const SOFTMAX_LOGITS = /* wgsl */ `
struct Share { p: ExtendedFloat, q: ExtendedFloat, logP: ExtendedFloat }

fn shareOf(row: Row, element: u32, class_: u32) -> Share {
  if (class_ == row.argmax) { return Share(row.inverse, mul(row.expSum, row.inverse), negative(row.logTotal)); }
  let behind = sub(predictionAt(element), row.maxLogit);
  let p = mul(exponential(behind), row.inverse);
  return Share(p, sub(ONE, p), sub(behind, row.logTotal));
}

fn logOfQ(row: Row, share: Share, class_: u32) -> ExtendedFloat {
  if (class_ == row.argmax) { return sub(logarithm(row.expSum), row.logTotal); }
  return logarithm1p(negative(share.p));
}

// −k q^γ log p, k A and k K of a true class.
struct SoftmaxTerm { loss: ExtendedFloat, slope: ExtendedFloat, curvature: ExtendedFloat }

const NO_SOFTMAX_TERM = SoftmaxTerm(ZERO, ZERO, ZERO);

fn softmaxTerm(row: Row, share: Share, class_: u32, k: ExtendedFloat) -> SoftmaxTerm {
  if (isZero(k)) { return NO_SOFTMAX_TERM; }
  let gamma = classOptions[class_].gamma;
  let weight = mul(k, power(logOfQ(row, share, class_), gamma));
  var term = NO_SOFTMAX_TERM;
  term.loss = negative(mul(weight, share.logP));
  if (!WANTS_SLOPES && !WANTS_HESSIAN) { return term; }
  var pr = negative(share.p);
  if (!isZero(share.q)) { pr = div(mul(share.p, share.logP), share.q); }
  term.slope = mul(weight, sub(mul(gamma, pr), ONE));
  if (WANTS_HESSIAN) {
    let curvatureFactor = sub(add(TWO, share.logP), mul(sub(gamma, ONE), pr));
    term.curvature = mul(mul(mul(weight, gamma), mul(share.p, share.q)), curvatureFactor);
  }
  return term;
}

fn prepareRow(lane: Lane, row: u32, sample: u32, isWanted: bool) {
  let argmax = rows[row].argmax;
  let firstOfRow = firstElement(sample);
  var expSum = ZERO;
  var maxLogit = ZERO;
  if (isWanted) {
    maxLogit = predictionAt(firstOfRow + argmax * params.inner);
    for (var c = lane.class_; c < params.classes; c += params.lanesOfRow) {
      if (c != argmax) {
        expSum = add(expSum, exponential(sub(predictionAt(firstOfRow + c * params.inner), maxLogit)));
      }
    }
  }
  expSum = totalOfClasses(expSum, lane);
  if (lane.class_ == 0) {
    rows[row].maxLogit = maxLogit;
    rows[row].expSum = expSum;
    rows[row].inverse = div(ONE, add(ONE, expSum));
    rows[row].logTotal = logarithm1p(expSum);
    rows[row].argmaxSlope = ZERO;
    rows[row].argmaxCurvature = ZERO;
  }
  workgroupBarrier();

  var loss = ZERO;
  var slopes = ZERO;
  var curvatures = ZERO;
  if (isWanted) {
    for (var c = lane.class_; c < params.classes; c += params.lanesOfRow) {
      let element = firstOfRow + c * params.inner;
      let k = weightOf(labelAt(sample, element, c), sample, c);
      if (isZero(k)) { continue; }
      let share = shareOf(rows[row], element, c);
      let term = softmaxTerm(rows[row], share, c, k);
      loss = add(loss, term.loss);
      if (c == argmax) {
        rows[row].argmaxSlope = term.slope;
        rows[row].argmaxCurvature = term.curvature;
      } else {
        slopes = add(slopes, term.slope);
        if (WANTS_HESSIAN) { curvatures = add(curvatures, div(term.curvature, mul(share.q, share.q))); }
      }
    }
  }
  workgroupBarrier();
  if (WANTS_ELEMENTWISE) {
    loss = totalOfClasses(loss, lane);
    if (isWanted && lane.class_ == 0) { storeElementwise(sample, loss); }
  }
  if (WANTS_SLOPES || WANTS_HESSIAN) {
    slopes = totalOfClasses(slopes, lane);
    if (lane.class_ == 0) { rows[row].slopesWithoutArgmax = slopes; }
  }
  if (WANTS_HESSIAN) {
    curvatures = totalOfClasses(curvatures, lane);
    if (lane.class_ == 0) { rows[row].curvaturesWithoutArgmax = curvatures; }
  }
}

fn evaluateElement(rowIndex: u32, sample: u32, element: u32, class_: u32) -> Contribution {
  let row = rows[rowIndex];
  if (row.ignored) {
    storeGradient(element, ZERO);
    storeHessian(element, ZERO);
    return NOTHING;
  }
  let label = labelAt(sample, element, class_);
  let k = weightOf(label, sample, class_);
  if (isZero(k) && !WANTS_SLOPES && !WANTS_HESSIAN) {
    return Contribution(!label.ignored, label.positive, false, ZERO, ZERO, ZERO, ZERO);
  }
  let share = shareOf(row, element, class_);
  let term = softmaxTerm(row, share, class_, k);
  let isArgmax = class_ == row.argmax;
  var gradient = ZERO;
  if (WANTS_SLOPES) {
    var otherSlopes = row.slopesWithoutArgmax;
    if (!isArgmax) { otherSlopes = add(sub(otherSlopes, term.slope), row.argmaxSlope); }
    gradient = sub(mul(term.slope, share.q), mul(share.p, otherSlopes));
    storeGradient(element, mul(gradient, params.scale));
  }
  if (WANTS_HESSIAN) { storeHessian(element, mul(hessianOf(row, share, term, isArgmax), params.scale)); }

  var contribution = Contribution(!label.ignored, label.positive, isArgmax, term.loss, ZERO, gradient, share.q);
  if (ALL_SUMS) {
    let weight = mul(sampleWeight(sample), classOptions[class_].weight);
    contribution.crossEntropy = negative(mul(mul(weight, label.y), share.logP));
    if (label.positive) { contribution.pt = share.p; }
  }
  return contribution;
}

fn hessianOf(row: Row, share: Share, term: SoftmaxTerm, isArgmax: bool) -> ExtendedFloat {
  let pp = mul(share.p, share.p);
  var curvatures = row.curvaturesWithoutArgmax;
  var ofArgmax = ZERO;
  if (!isArgmax) {
    curvatures = sub(curvatures, div(term.curvature, mul(share.q, share.q)));
    if (!isZero(row.expSum)) {
      let ratio = div(mul(share.p, add(ONE, row.expSum)), row.expSum);
      ofArgmax = mul(row.argmaxCurvature, mul(ratio, ratio));
    }
  }
  let slopeTerm = mul(mul(share.p, share.q), add(row.slopesWithoutArgmax, row.argmaxSlope));
  return sub(add(term.curvature, add(mul(pp, curvatures), ofArgmax)), slopeTerm);
}
`;
