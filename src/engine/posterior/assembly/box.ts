/**
 * Some predictions, `[slices, classes, inner]`, and what belongs to them, each at its address. The host writes it field by field,
 * 4 bytes each, as write-posterior.ts says.
 */
@unmanaged
export class Box {
  slices: u32;
  classes: u32;
  inner: u32;
  /** Whether predictions are probabilities, which are clamped to [ε, 1 − ε]. */
  areProbabilities: u32;
  /** float32; overwritten. */
  predictions: usize;
  /** Labels of `labelKind`; not read without bins. */
  labels: usize;
  labelKind: u32;
  /** What the labels say, a byte for each element; for sigmoid. */
  outcomes: usize;
  /** float64 [2, classes]: γ, twice. */
  gammas: usize;
  /** float64 [2, classes], twice; 0: there is no posterior. */
  offsets: usize;
  /** float32, where the posterior goes. */
  posterior: usize;
  /** The sums of calibration, to which those of the box are added; 0: there are none. */
  bins: usize;
  /** Three rows of `classes` float64 and one more. */
  rows: usize;
}

/** Kinds of labels: dense float32, dense bytes, class indices as int32. */
export const FLOATS: u32 = 0;
export const BYTES: u32 = 1;
