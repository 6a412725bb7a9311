/**
 * Sums of a workgroup's samples: each thread adds up its class and its samples, then the threads of a class add theirs
 * up, always in the same order. Laid out as in loss/class-sums.ts.
 */
export const CLASS_SUMS = /* wgsl */ `
struct SideSums { loss: Num, crossEntropy: Num, gradient: Num, pt: Num, count: f32, predicted: f32, squares: Num }
struct Sums { positive: SideSums, negative: SideSums }

const NO_SIDE = SideSums(ZERO, ZERO, ZERO, ZERO, 0, 0, ZERO);
const NO_SUMS = Sums(NO_SIDE, NO_SIDE);

// What an element adds. With ALL_SUMS off, only the loss counts.
struct Contribution { counts: bool, positive: bool, predicted: bool, loss: Num, crossEntropy: Num, gradient: Num, pt: Num }

const NOTHING = Contribution(false, false, false, ZERO, ZERO, ZERO, ZERO);

fn addContribution(sums: ptr<function, Sums>, part: Contribution) {
  if (!part.counts) { return; }
  if (part.positive) { (*sums).positive = withContribution((*sums).positive, part); }
  else { (*sums).negative = withContribution((*sums).negative, part); }
}

fn withContribution(side: SideSums, part: Contribution) -> SideSums {
  var more = side;
  more.loss = add(side.loss, part.loss);
  if (ALL_SUMS) {
    more.crossEntropy = add(side.crossEntropy, part.crossEntropy);
    more.gradient = add(side.gradient, magnitude(part.gradient));
    more.pt = add(side.pt, part.pt);
    more.count += 1;
    more.predicted += select(0.0, 1.0, part.predicted);
    if (GRADIENT_SQUARES) { more.squares = add(side.squares, mul(part.gradient, part.gradient)); }
  }
  return more;
}

var<workgroup> addends: array<Num, THREADS>;

// The sum over the threads that lie step, 2 step, … apart, count of them, for all of these.
fn totalOver(value: Num, thread: u32, position: u32, step: u32, count: u32) -> Num {
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

fn storeSums(sumsOfThread: Sums, place: Place, part: u32, class_: u32) {
  storeSide(sumsOfThread.positive, place, part, class_, 0);
  storeSide(sumsOfThread.negative, place, part, class_, 7);
}

// Of a part: those of the classes, then those of the bins.
fn firstSum(part: u32) -> u32 { return part * (job.classes * SUMS_PER_CLASS + SUMS_OF_BINS); }

fn storeSide(side: SideSums, place: Place, part: u32, class_: u32, field: u32) {
  let at = firstSum(part) + class_ * SUMS_PER_CLASS + field;
  storeSum(side.loss, place, class_, at);
  if (ALL_SUMS) {
    storeSum(side.crossEntropy, place, class_, at + 1);
    storeSum(side.gradient, place, class_, at + 2);
    storeSum(side.pt, place, class_, at + 3);
    storeSum(num(side.count), place, class_, at + 4);
    storeSum(num(side.predicted), place, class_, at + 5);
    if (GRADIENT_SQUARES) { storeSum(side.squares, place, class_, at + 6); }
    else { storeTotal(ZERO, place, class_, at + 6); }
  } else {
    for (var other = at + 1; other < at + 7; other++) { storeTotal(ZERO, place, class_, other); }
  }
}

fn storeSum(value: Num, place: Place, class_: u32, at: u32) {
  storeTotal(totalOver(value, place.thread, place.row, place.rowStep, job.rowLanes), place, class_, at);
}

fn storeTotal(total: Num, place: Place, class_: u32, at: u32) {
  if (place.row > 0 || class_ >= job.classes) { return; }
  storeNumber(at, total);
}

fn storeNumber(at: u32, value: Num) {
  let bits = toFloat64(value);
  sums[2 * at] = bits.x;
  sums[2 * at + 1] = bits.y;
}
`;
