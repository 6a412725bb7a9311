/** What both kinds of softmax share: a first pass finds what a sample's classes have in common. */
export const SOFTMAX_ROWS = /* wgsl */ `
struct Row {
  ignored: bool,
  // The class with the largest prediction; the first of equals.
  top: u32,
  topLogit: Num,
  // Σ e^{z_j − z_a} over all classes but a, the top one.
  others: Num,
  // 1 / (1 + others), and the logarithm of 1 + others.
  inverse: Num,
  logTotal: Num,
  // Σ k_c A_c and Σ k_c K_c / q_c² over all classes but a, and k_a A_a and k_a K_a.
  slopesButTop: Num,
  spreadButTop: Num,
  topSlope: Num,
  topCurve: Num,
}

var<workgroup> rows: array<Row, MOST_ROWS>;
var<workgroup> orders: array<vec2u, THREADS>;
var<workgroup> isActive: array<u32, THREADS>;

// The top class of a sample, and whether any of its labels counts.
fn findTop(place: Place, row: u32, sample: u32, exists: bool) {
  var best = vec2u(0, 0);
  var counts = 0u;
  if (exists) {
    var element = firstElement(sample) + place.class_ * job.inner;
    for (var c = place.class_; c < job.classes; c += job.lanesOfRow) {
      let order = orderOf(predictions[element]);
      if (order > best.x || c == place.class_) { best = vec2u(order, c); }
      if (!labelAt(sample, element, c).ignored) { counts = 1; }
      element += job.lanesOfRow * job.inner;
    }
  }
  orders[place.thread] = best;
  isActive[place.thread] = counts;
  workgroupBarrier();
  for (var half = job.lanesOfRow / 2; half > 0; half /= 2) {
    if (place.class_ < half) {
      let mine = orders[place.thread];
      let other = orders[place.thread + half * place.classStep];
      if (other.x > mine.x || (other.x == mine.x && other.y < mine.y)) { orders[place.thread] = other; }
      isActive[place.thread] |= isActive[place.thread + half * place.classStep];
    }
    workgroupBarrier();
  }
  if (place.class_ == 0) {
    rows[row].top = orders[place.thread].y;
    rows[row].ignored = isActive[place.thread] == 0;
  }
  workgroupBarrier();
}

fn totalOfClasses(value: Num, place: Place) -> Num {
  return totalOver(value, place.thread, place.class_, place.classStep, job.lanesOfRow);
}

// Other threads share a row here than in the second pass: fewer, since they have to wait for each other.
fn prepareRows(thread: u32, firstSample: u32) {
  let place = placeOf(thread, job.rowsAtOnce, job.lanesOfRow);
  for (var first = 0u; first < job.rows; first += job.rowsAtOnce) {
    let row = first + place.row;
    let sample = firstSample + row;
    let exists = sample < job.samples;
    findTop(place, row, sample, exists);
    prepareRow(place, row, sample, exists && !rows[row].ignored);
    if (exists && rows[row].ignored && place.class_ == 0) { storeElementwise(sample, ZERO); }
    workgroupBarrier();
  }
}

fn weightOf(label: Label, sample: u32, class_: u32) -> Num {
  if (isZero(label.y)) { return ZERO; }
  return mul(mul(sampleWeight(sample), label.y), classOptions[class_].positive);
}
`;
