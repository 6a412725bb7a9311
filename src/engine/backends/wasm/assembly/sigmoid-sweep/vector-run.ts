/** Vectors that are evaluated together and have the same sums. */
@unmanaged
export class VectorRun {
  /** Offset of the first vector in tensors of the predictions' shape; `step` leads to the next one. */
  at: usize;
  step: usize;
  /** Likewise in tensors with one number per sample. */
  sampleAt: usize;
  sampleStep: usize;
  /** Up to VECTORS. */
  vectors: u32;
  /** How many lanes of each vector hold elements. */
  lanes: u32;
  /** Of the first lane. */
  firstClass: u32;
  sums: usize;
  /** How many positive elements of runs are gathered, as positive-elements.ts says. */
  positives: u32;
  /** Bit 4 i + j: whether lane j of vector i is positive, as find-positives.ts sets it. */
  positiveElements: u64;
}
