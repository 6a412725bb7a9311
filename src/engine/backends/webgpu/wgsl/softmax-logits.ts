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

// The loss of a true class, and A and K, all with its weights; hessianSlope is A of the Hessian.
struct SoftmaxTerm { loss: ExtendedFloat, slope: ExtendedFloat, hessianSlope: ExtendedFloat, curvature: ExtendedFloat }

const NO_SOFTMAX_TERM = SoftmaxTerm(ZERO, ZERO, ZERO, ZERO);

// k and poly are the weights of −q^γ log p and of q^{γ+1}.
fn softmaxTerm(row: Row, share: Share, class_: u32, k: ExtendedFloat, poly: ExtendedFloat) -> SoftmaxTerm {
  if (countsNot(k, poly)) { return NO_SOFTMAX_TERM; }
  let gamma = classOptions[class_].gamma;
  let modulator = power(logOfQ(row, share, class_), gamma);
  let weight = mul(k, modulator);
  let polyWeight = mul(poly, modulator);
  var term = NO_SOFTMAX_TERM;
  term.loss = negative(mul(weight, share.logP));
  if (HAS_POLY) { term.loss = add(term.loss, mul(polyWeight, share.q)); }
  if (!WANTS_SLOPES && !WANTS_HESSIAN) { return term; }
  var pr = negative(share.p);
  if (!isZero(share.q)) { pr = div(mul(share.p, share.logP), share.q); }
  let polySlope = mul(polyWeight, share.p);
  var slope = mul(weight, sub(mul(gamma, pr), ONE));
  var detachedSlope = negative(weight);
  if (HAS_POLY) {
    slope = sub(slope, mul(polySlope, add(gamma, ONE)));
    detachedSlope = sub(detachedSlope, polySlope);
  }
  term.slope = slope;
  term.hessianSlope = slope;
  if (DETACHED_GRADIENT) { term.slope = detachedSlope; }
  if (DETACHED_HESSIAN) { term.hessianSlope = detachedSlope; }
  if (!WANTS_HESSIAN) { return term; }
  let pq = mul(share.p, share.q);
  if (!DETACHED_HESSIAN) {
    let curvatureFactor = sub(add(TWO, share.logP), mul(sub(gamma, ONE), pr));
    term.curvature = mul(mul(mul(weight, gamma), pq), curvatureFactor);
  }
  if (HAS_POLY) {
    var factor = share.q;
    if (!DETACHED_HESSIAN) { factor = mul(add(gamma, ONE), sub(share.q, mul(gamma, share.p))); }
    term.curvature = sub(term.curvature, mul(mul(polyWeight, pq), factor));
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
  var slopesOfHessian = ZERO;
  var curvatures = ZERO;
  if (isWanted) {
    for (var c = lane.class_; c < params.classes; c += params.lanesOfRow) {
      let element = firstOfRow + c * params.inner;
      let label = labelAt(sample, element, c);
      let k = weightOf(label, sample, c);
      let poly = polyWeightOf(label, sample, c);
      if (countsNot(k, poly)) { continue; }
      let share = shareOf(rows[row], element, c);
      let term = softmaxTerm(rows[row], share, c, k, poly);
      loss = add(loss, term.loss);
      if (HAS_HESSIAN_SLOPES) { slopesOfHessian = add(slopesOfHessian, term.hessianSlope); }
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
  if (HAS_HESSIAN_SLOPES) {
    slopesOfHessian = totalOfClasses(slopesOfHessian, lane);
    if (lane.class_ == 0) { hessianSlopes[row] = slopesOfHessian; }
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
  let poly = polyWeightOf(label, sample, class_);
  if (countsNot(k, poly) && !WANTS_SLOPES && !WANTS_HESSIAN) {
    return Contribution(!label.ignored, label.positive, false, ZERO, ZERO, ZERO, ZERO);
  }
  let share = shareOf(row, element, class_);
  let term = softmaxTerm(row, share, class_, k, poly);
  let isArgmax = class_ == row.argmax;
  var gradient = ZERO;
  if (WANTS_SLOPES) {
    var otherSlopes = row.slopesWithoutArgmax;
    if (!isArgmax) { otherSlopes = add(sub(otherSlopes, term.slope), row.argmaxSlope); }
    gradient = sub(mul(term.slope, share.q), mul(share.p, otherSlopes));
    storeGradient(element, mul(gradient, params.scale));
  }
  if (WANTS_HESSIAN) { storeHessian(element, mul(hessianOf(row, rowIndex, share, term, isArgmax), params.scale)); }

  var contribution = Contribution(!label.ignored, label.positive, isArgmax, term.loss, ZERO, gradient, share.q);
  if (ALL_SUMS) {
    let weight = mul(sampleWeight(sample), classOptions[class_].weight);
    contribution.crossEntropy = negative(mul(mul(weight, label.y), share.logP));
    if (label.positive) { contribution.pt = share.p; }
  }
  return contribution;
}

fn hessianOf(row: Row, rowIndex: u32, share: Share, term: SoftmaxTerm, isArgmax: bool) -> ExtendedFloat {
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
  var allSlopes = add(row.slopesWithoutArgmax, row.argmaxSlope);
  if (HAS_HESSIAN_SLOPES) { allSlopes = hessianSlopes[rowIndex]; }
  let slopeTerm = mul(mul(share.p, share.q), allSlopes);
  return sub(add(term.curvature, add(mul(pp, curvatures), ofArgmax)), slopeTerm);
}
`;
