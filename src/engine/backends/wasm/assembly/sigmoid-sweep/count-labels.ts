import { COUNT, HALF, PREDICTED, SIDE } from './sweep-params';

/** Adds the lanes of a vector to counts. A lane of a mask is −1. */
@inline
export function count(counts: v128, lanes: v128): v128 {
  return i32x4.sub(counts, lanes);
}

/** Adds the counts of a run to its sums. */
@inline
export function addCounts(
  sums: usize,
  positives: v128,
  negatives: v128,
  positivesPredicted: v128,
  negativesPredicted: v128,
): void {
  addTo(sums + COUNT, positives);
  addTo(sums + COUNT + SIDE, negatives);
  addTo(sums + PREDICTED, positivesPredicted);
  addTo(sums + PREDICTED + SIDE, negativesPredicted);
}

@inline
function addTo(at: usize, counts: v128): void {
  v128.store(at, f64x2.add(v128.load(at), f64x2.convert_low_i32x4_u(counts)));
  const upper = i32x4.shuffle(counts, counts, 2, 3, 2, 3);
  v128.store(at + HALF, f64x2.add(v128.load(at + HALF), f64x2.convert_low_i32x4_u(upper)));
}
