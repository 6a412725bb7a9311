/** The class of the largest of the row's numbers, the first one of several. */
export function argmaxOf(row: usize, classes: u32): u32 {
  let largest = load<f64>(row);
  let argmax: u32 = 0;
  for (let c: u32 = 1; c < classes; c++) {
    const value = load<f64>(row + (usize(c) << 3));
    if (value > largest) {
      largest = value;
      argmax = c;
    }
  }
  return argmax;
}

/** As in loss/calibration.ts, 2^-30. */
const EQUAL: f64 = 9.313225746154785e-10;

/** What numbers have to reach to count as the largest one. */
@inline
export function nearlyLargest(largest: f64): f64 {
  return largest * (1 - EQUAL);
}

/**
 * The class of the largest posterior: the predicted one if it reaches `limit`, else the first that does.
 *
 * @param step from class to class, in bytes
 * @param limit that of `nearlyLargest`
 */
export function chosenClass(posteriors: usize, step: usize, predicted: u32, limit: f64): u32 {
  if (load<f64>(posteriors + usize(predicted) * step) >= limit) return predicted;
  let chosen: u32 = 0;
  while (load<f64>(posteriors + usize(chosen) * step) < limit) chosen += 1;
  return chosen;
}
