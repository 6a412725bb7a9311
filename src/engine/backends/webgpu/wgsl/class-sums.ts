/**
 * Sums of a workgroup's samples per class: each thread adds up its samples of a class, then the threads of a class combine
 * their sums, always in the same order. The layout is that of loss/class-sums.ts.
 */
export const CLASS_SUMS = /* wgsl */ `
struct SideSums {
  loss: ExtendedFloat,
  crossEntropy: ExtendedFloat,
  gradient: ExtendedFloat,
  pt: ExtendedFloat,
  count: f32,
  predicted: f32,
  squares: ExtendedFloat,
}
struct Sums { positive: SideSums, negative: SideSums }

const NO_SIDE = SideSums(ZERO, ZERO, ZERO, ZERO, 0, 0, ZERO);
const NO_SUMS = Sums(NO_SIDE, NO_SIDE);

// One element's part of the sums. Without ALL_SUMS, only the loss is used.
struct Contribution {
  counts: bool,
  positive: bool,
  predicted: bool,
  loss: ExtendedFloat,
  crossEntropy: ExtendedFloat,
  gradient: ExtendedFloat,
  pt: ExtendedFloat,
}

const NOTHING = Contribution(false, false, false, ZERO, ZERO, ZERO, ZERO);

fn addContribution(sums: ptr<function, Sums>, contribution: Contribution) {
  if (!contribution.counts) { return; }
  if (contribution.positive) { (*sums).positive = withContribution((*sums).positive, contribution); }
  else { (*sums).negative = withContribution((*sums).negative, contribution); }
}

fn withContribution(side: SideSums, contribution: Contribution) -> SideSums {
  var more = side;
  more.loss = add(side.loss, contribution.loss);
  if (ALL_SUMS) {
    more.crossEntropy = add(side.crossEntropy, contribution.crossEntropy);
    more.gradient = add(side.gradient, magnitude(contribution.gradient));
    more.pt = add(side.pt, contribution.pt);
    more.count += 1;
    more.predicted += select(0.0, 1.0, contribution.predicted);
    if (GRADIENT_SQUARES) { more.squares = add(side.squares, mul(contribution.gradient, contribution.gradient)); }
  }
  return more;
}

var<workgroup> addends: array<ExtendedFloat, THREADS>;

// The sum over count threads that are step apart; each of them gets the result.
fn totalOver(value: ExtendedFloat, thread: u32, position: u32, step: u32, count: u32) -> ExtendedFloat {
  addends[thread] = value;
  workgroupBarrier();
  for (var half = count / 2; half > 0; half /= 2) {
    if (position < half) { addends[thread] = add(addends[thread], addends[thread + half * step]); }
    workgroupBarrier();
  }
  let total = addends[thread - position * step];
  workgroupBarrier();
  return total;
}

fn storeSums(sumsOfThread: Sums, lane: Lane, part: u32, class_: u32) {
  storeSide(sumsOfThread.positive, lane, part, class_, 0);
  storeSide(sumsOfThread.negative, lane, part, class_, 7);
}

// The index of a part's first sum. A part has the sums of its classes, then those of its bins.
fn firstSum(part: u32) -> u32 { return part * (params.classes * SUMS_PER_CLASS + SUMS_OF_BINS); }

fn storeSide(side: SideSums, lane: Lane, part: u32, class_: u32, field: u32) {
  let at = firstSum(part) + class_ * SUMS_PER_CLASS + field;
  storeSum(side.loss, lane, class_, at);
  if (ALL_SUMS) {
    storeSum(side.crossEntropy, lane, class_, at + 1);
    storeSum(side.gradient, lane, class_, at + 2);
    storeSum(side.pt, lane, class_, at + 3);
    storeSum(fromF32(side.count), lane, class_, at + 4);
    storeSum(fromF32(side.predicted), lane, class_, at + 5);
    if (GRADIENT_SQUARES) { storeSum(side.squares, lane, class_, at + 6); }
    else { storeTotal(ZERO, lane, class_, at + 6); }
  } else {
    for (var other = at + 1; other < at + 7; other++) { storeTotal(ZERO, lane, class_, other); }
  }
}

fn storeSum(value: ExtendedFloat, lane: Lane, class_: u32, at: u32) {
  storeTotal(totalOver(value, lane.thread, lane.row, lane.rowStep, params.rowLanes), lane, class_, at);
}

fn storeTotal(total: ExtendedFloat, lane: Lane, class_: u32, at: u32) {
  if (lane.row > 0 || class_ >= params.classes) { return; }
  storeFloat64(at, total);
}

fn storeFloat64(at: u32, value: ExtendedFloat) {
  let bits = toFloat64(value);
  sums[2 * at] = bits.x;
  sums[2 * at + 1] = bits.y;
}
`;
