/** The first pass of softmax, for logits and probabilities: computes what all classes of a sample need. */
export const SOFTMAX_ROWS = /* wgsl */ `
struct Row {
  ignored: bool,
  // The class with the largest prediction; the first of equals.
  argmax: u32,
  maxLogit: ExtendedFloat,
  // Σ e^{z_j − z_a} over all classes but a, the argmax.
  expSum: ExtendedFloat,
  // 1 / (1 + expSum), and the logarithm of 1 + expSum.
  inverse: ExtendedFloat,
  logTotal: ExtendedFloat,
  // Σ k_c A_c and Σ k_c K_c / q_c² over all classes but a, and k_a A_a and k_a K_a.
  slopesWithoutArgmax: ExtendedFloat,
  curvaturesWithoutArgmax: ExtendedFloat,
  argmaxSlope: ExtendedFloat,
  argmaxCurvature: ExtendedFloat,
}

var<workgroup> rows: array<Row, MAX_ROWS>;
// Σ k_c A_c over all classes, where A of the Hessian is not that of the gradient.
var<workgroup> hessianSlopes: array<ExtendedFloat, select(1u, MAX_ROWS, HAS_HESSIAN_SLOPES)>;
var<workgroup> orders: array<vec2u, THREADS>;
var<workgroup> isActive: array<u32, THREADS>;

// Finds the argmax of a sample, and whether any of its labels is not ignored.
fn findArgmax(lane: Lane, row: u32, sample: u32, exists: bool) {
  var best = vec2u(0, 0);
  var counts = 0u;
  if (exists) {
    var element = firstElement(sample) + lane.class_ * params.inner;
    for (var c = lane.class_; c < params.classes; c += params.lanesOfRow) {
      let order = orderOf(predictions[element]);
      if (order > best.x || c == lane.class_) { best = vec2u(order, c); }
      if (!labelAt(sample, element, c).ignored) { counts = 1; }
      element += params.lanesOfRow * params.inner;
    }
  }
  orders[lane.thread] = best;
  isActive[lane.thread] = counts;
  workgroupBarrier();
  for (var half = params.lanesOfRow / 2; half > 0; half /= 2) {
    if (lane.class_ < half) {
      let mine = orders[lane.thread];
      let other = orders[lane.thread + half * lane.classStep];
      if (other.x > mine.x || (other.x == mine.x && other.y < mine.y)) { orders[lane.thread] = other; }
      isActive[lane.thread] |= isActive[lane.thread + half * lane.classStep];
    }
    workgroupBarrier();
  }
  if (lane.class_ == 0) {
    rows[row].argmax = orders[lane.thread].y;
    rows[row].ignored = isActive[lane.thread] == 0;
  }
  workgroupBarrier();
}

fn totalOfClasses(value: ExtendedFloat, lane: Lane) -> ExtendedFloat {
  return totalOver(value, lane.thread, lane.class_, lane.classStep, params.lanesOfRow);
}

// Fewer threads share a row here than in the second pass, since they have to wait for each other.
fn prepareRows(thread: u32, firstSample: u32) {
  let lane = laneOf(thread, params.rowsAtOnce, params.lanesOfRow);
  for (var first = 0u; first < params.rows; first += params.rowsAtOnce) {
    let row = first + lane.row;
    let sample = firstSample + row;
    let exists = sample < params.samples;
    findArgmax(lane, row, sample, exists);
    prepareRow(lane, row, sample, exists && !rows[row].ignored);
    if (exists && rows[row].ignored && lane.class_ == 0) { storeElementwise(sample, ZERO); }
    workgroupBarrier();
  }
}

// The weight of a class's term: of focal loss, and of what Poly-1 adds.
fn weightOf(label: Label, sample: u32, class_: u32) -> ExtendedFloat {
  if (isZero(label.y)) { return ZERO; }
  return mul(mul(sampleWeight(sample), label.y), classOptions[class_].positive);
}

fn polyWeightOf(label: Label, sample: u32, class_: u32) -> ExtendedFloat {
  if (!HAS_POLY || isZero(label.y)) { return ZERO; }
  return mul(mul(mul(sampleWeight(sample), label.y), classOptions[class_].weight), params.polyEpsilon);
}

fn countsNot(k: ExtendedFloat, poly: ExtendedFloat) -> bool { return isZero(k) && !(HAS_POLY && !isZero(poly)); }
`;
