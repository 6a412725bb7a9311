/** Of each bin its count, the sum of confidences and the number of positives, in float64. */
const BINS: i32 = 15;
const BIN_BYTES: usize = 24;
/** Where the bins of the posterior are, behind those of the predictions. */
export const POSTERIOR_BINS: usize = 360;
/** As in loss/calibration.ts: how far below an edge counts as on it, 2^-20. */
const AT_EDGE: f64 = 9.5367431640625e-7;

export const NEGATIVE: u32 = 0;
export const POSITIVE: u32 = 1;
export const IGNORED: u32 = 2;

/** Counts a prediction of this confidence, which is not ignored. */
@inline
export function addToBins(bins: usize, confidence: f32, outcome: u32): void {
  const bin = min(i32(f64(confidence) * BINS + AT_EDGE), BINS - 1);
  const at = bins + usize(bin) * BIN_BYTES;
  store<f64>(at, load<f64>(at) + 1);
  store<f64>(at, load<f64>(at, 8) + f64(confidence), 8);
  store<f64>(at, load<f64>(at, 16) + f64(outcome), 16);
}

/** Counts predictions that are not ignored. @param outcomes a byte for each */
export function addAll(bins: usize, confidences: usize, outcomes: usize, count: u32): void {
  for (let i: u32 = 0; i < count; i++) {
    const outcome = u32(load<u8>(outcomes + usize(i)));
    if (outcome != IGNORED) addToBins(bins, load<f32>(confidences + (usize(i) << 2)), outcome);
  }
}
