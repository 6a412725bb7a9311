/**
 * Sums of a workgroup's elements per bin of p_t and side, as in loss/difficulty.ts. All threads show what they have of a
 * field, and those of each slot, a bin's side, add up what is in it: in one order, which float atomics, had WGSL any,
 * would not keep.
 */
export const BINS = /* wgsl */ `
const SLOTS = 40u;
const LISTENERS = 2u; // Of each slot; SLOTS × LISTENERS ≤ THREADS.
const BIN_FIELDS = 4u;
const BIN_COUNT = Num(vec2f(1.25, 0), 4); // 20
const AT_EDGE = Num(vec2f(1, 0), -30);

// Of a thread's slot; the first is the count.
struct BinSums { fields: array<Num, BIN_FIELDS> }

const NO_BINS = BinSums(array<Num, BIN_FIELDS>(ZERO, ZERO, ZERO, ZERO));

var<workgroup> slots: array<u32, THREADS>;

// SLOTS for what contributes nothing. An edge is reached at 2^-30 below it, as in loss/difficulty.ts.
fn slotOf(part: Contribution) -> u32 {
  if (!part.counts) { return SLOTS; }
  let scaled = add(mul(part.pt, BIN_COUNT), AT_EDGE);
  let position = scaled.v * pow2(scaled.e);
  var bin = floor(position.x);
  if (bin == position.x && position.y < 0) { bin -= 1; }
  return 2 * u32(min(bin, 19)) + select(1u, 0u, part.positive);
}

// For all threads of a workgroup at once, each with one element.
fn addToBins(bins: ptr<function, BinSums>, thread: u32, part: Contribution) {
  slots[thread] = slotOf(part);
  var shown = array<Num, BIN_FIELDS>(ONE, part.crossEntropy, part.loss, magnitude(part.gradient));
  for (var field = 0u; field < BIN_FIELDS; field++) {
    addends[thread] = shown[field];
    workgroupBarrier();
    if (thread < SLOTS * LISTENERS) {
      var total = (*bins).fields[field];
      for (var i = thread / SLOTS; i < THREADS; i += LISTENERS) {
        if (slots[i] == thread % SLOTS) { total = add(total, addends[i]); }
      }
      (*bins).fields[field] = total;
    }
    workgroupBarrier();
  }
}

fn storeBins(bins: BinSums, thread: u32, part: u32) {
  var own = bins.fields;
  let first = firstSum(part) + job.classes * SUMS_PER_CLASS;
  for (var field = 0u; field < BIN_FIELDS; field++) {
    let total = totalOver(own[field], thread, thread / SLOTS, SLOTS, LISTENERS);
    if (thread < SLOTS) { storeNumber(first + thread * BIN_FIELDS + field, total); }
  }
}
`;
