/** Softmax of logits: what loss/softmax-terms.ts defines, where it is derived. */
export const SOFTMAX_LOGITS = /* wgsl */ `
struct Share { p: Num, q: Num, logP: Num }

fn shareOf(row: Row, element: u32, class_: u32) -> Share {
  if (class_ == row.top) { return Share(row.inverse, mul(row.others, row.inverse), negative(row.logTotal)); }
  let behind = sub(predictionAt(element), row.topLogit);
  let p = mul(exponential(behind), row.inverse);
  return Share(p, sub(ONE, p), sub(behind, row.logTotal));
}

fn logOfQ(row: Row, share: Share, class_: u32) -> Num {
  if (class_ == row.top) { return sub(logarithm(row.others), row.logTotal); }
  return logarithm1p(negative(share.p));
}

// k q^γ log p, k A and k K of a true class.
struct SoftmaxTerm { loss: Num, slope: Num, curve: Num }

const NO_SOFTMAX_TERM = SoftmaxTerm(ZERO, ZERO, ZERO);

fn softmaxTerm(row: Row, share: Share, class_: u32, k: Num) -> SoftmaxTerm {
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
    let bend = sub(add(TWO, share.logP), mul(sub(gamma, ONE), pr));
    term.curve = mul(mul(mul(weight, gamma), mul(share.p, share.q)), bend);
  }
  return term;
}

fn prepareRow(place: Place, row: u32, sample: u32, isWanted: bool) {
  let top = rows[row].top;
  let firstOfRow = firstElement(sample);
  var others = ZERO;
  var topLogit = ZERO;
  if (isWanted) {
    topLogit = predictionAt(firstOfRow + top * job.inner);
    for (var c = place.class_; c < job.classes; c += job.lanesOfRow) {
      if (c != top) { others = add(others, exponential(sub(predictionAt(firstOfRow + c * job.inner), topLogit))); }
    }
  }
  others = totalOfClasses(others, place);
  if (place.class_ == 0) {
    rows[row].topLogit = topLogit;
    rows[row].others = others;
    rows[row].inverse = div(ONE, add(ONE, others));
    rows[row].logTotal = logarithm1p(others);
    rows[row].topSlope = ZERO;
    rows[row].topCurve = ZERO;
  }
  workgroupBarrier();

  var loss = ZERO;
  var slopes = ZERO;
  var spread = ZERO;
  if (isWanted) {
    for (var c = place.class_; c < job.classes; c += job.lanesOfRow) {
      let element = firstOfRow + c * job.inner;
      let k = weightOf(labelAt(sample, element, c), sample, c);
      if (isZero(k)) { continue; }
      let share = shareOf(rows[row], element, c);
      let term = softmaxTerm(rows[row], share, c, k);
      loss = add(loss, term.loss);
      if (c == top) {
        rows[row].topSlope = term.slope;
        rows[row].topCurve = term.curve;
      } else {
        slopes = add(slopes, term.slope);
        if (WANTS_HESSIAN) { spread = add(spread, div(term.curve, mul(share.q, share.q))); }
      }
    }
  }
  workgroupBarrier();
  if (WANTS_ELEMENTWISE) {
    loss = totalOfClasses(loss, place);
    if (isWanted && place.class_ == 0) { storeElementwise(sample, loss); }
  }
  if (WANTS_SLOPES || WANTS_HESSIAN) {
    slopes = totalOfClasses(slopes, place);
    if (place.class_ == 0) { rows[row].slopesButTop = slopes; }
  }
  if (WANTS_HESSIAN) {
    spread = totalOfClasses(spread, place);
    if (place.class_ == 0) { rows[row].spreadButTop = spread; }
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
  let isTop = class_ == row.top;
  var gradient = ZERO;
  if (WANTS_SLOPES) {
    var otherSlopes = row.slopesButTop;
    if (!isTop) { otherSlopes = add(sub(otherSlopes, term.slope), row.topSlope); }
    gradient = sub(mul(term.slope, share.q), mul(share.p, otherSlopes));
    storeGradient(element, mul(gradient, job.scale));
  }
  if (WANTS_HESSIAN) { storeHessian(element, mul(hessianOf(row, share, term, isTop), job.scale)); }

  var part = Contribution(!label.ignored, label.positive, isTop, term.loss, ZERO, gradient, share.q);
  if (ALL_SUMS) {
    let weight = mul(sampleWeight(sample), classOptions[class_].weight);
    part.crossEntropy = negative(mul(mul(weight, label.y), share.logP));
    if (label.positive) { part.pt = share.p; }
  }
  return part;
}

fn hessianOf(row: Row, share: Share, term: SoftmaxTerm, isTop: bool) -> Num {
  let pp = mul(share.p, share.p);
  var spread = row.spreadButTop;
  var ofTop = ZERO;
  if (!isTop) {
    spread = sub(spread, div(term.curve, mul(share.q, share.q)));
    if (!isZero(row.others)) {
      let ratio = div(mul(share.p, add(ONE, row.others)), row.others);
      ofTop = mul(row.topCurve, mul(ratio, ratio));
    }
  }
  let fall = mul(mul(share.p, share.q), add(row.slopesButTop, row.topSlope));
  return sub(add(term.curve, add(mul(pp, spread), ofTop)), fall);
}
`;
