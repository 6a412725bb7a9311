/**
 * Sums of a workgroup's elements per bin of p_t and side, as in loss/difficulty.ts. All threads write their values of one
 * field to workgroup memory; then the threads of each slot, one side of one bin, add up its values. The order is fixed,
 * which it would not be with atomics.
 */
export const BIN_SUMS = /* wgsl */ `
const SLOTS = 40u;
const ADDERS = 2u; // Threads that add up one slot; SLOTS × ADDERS ≤ THREADS.
const BIN_FIELDS = 4u;
const BIN_COUNT = ExtendedFloat(vec2f(1.25, 0), 4); // 20
const AT_EDGE = ExtendedFloat(vec2f(1, 0), -30);

// The sums of a thread's slot; the first field is the count.
struct BinSums { fields: array<ExtendedFloat, BIN_FIELDS> }

const NO_BINS = BinSums(array<ExtendedFloat, BIN_FIELDS>(ZERO, ZERO, ZERO, ZERO));

var<workgroup> slots: array<u32, THREADS>;

// SLOTS for an element that contributes nothing. An edge counts as reached 2^-30 below it, as in loss/difficulty.ts.
fn slotOf(contribution: Contribution) -> u32 {
  if (!contribution.counts) { return SLOTS; }
  let scaled = add(mul(contribution.pt, BIN_COUNT), AT_EDGE);
  let position = scaled.v * pow2(scaled.e);
  var bin = floor(position.x);
  if (bin == position.x && position.y < 0) { bin -= 1; }
  return 2 * u32(min(bin, 19)) + select(1u, 0u, contribution.positive);
}

// Called by all threads of a workgroup together, each with one element.
fn addToBins(bins: ptr<function, BinSums>, thread: u32, contribution: Contribution) {
  slots[thread] = slotOf(contribution);
  var addedFields = array<ExtendedFloat, BIN_FIELDS>(
    ONE,
    contribution.crossEntropy,
    contribution.loss,
    magnitude(contribution.gradient),
  );
  for (var field = 0u; field < BIN_FIELDS; field++) {
    addends[thread] = addedFields[field];
    workgroupBarrier();
    if (thread < SLOTS * ADDERS) {
      var total = (*bins).fields[field];
      for (var i = thread / SLOTS; i < THREADS; i += ADDERS) {
        if (slots[i] == thread % SLOTS) { total = add(total, addends[i]); }
      }
      (*bins).fields[field] = total;
    }
    workgroupBarrier();
  }
}

fn storeBins(bins: BinSums, thread: u32, part: u32) {
  var own = bins.fields;
  let first = firstSum(part) + params.classes * SUMS_PER_CLASS;
  for (var field = 0u; field < BIN_FIELDS; field++) {
    let total = totalOver(own[field], thread, thread / SLOTS, SLOTS, ADDERS);
    if (thread < SLOTS) { storeFloat64(first + thread * BIN_FIELDS + field, total); }
  }
}
`;
