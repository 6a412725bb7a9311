// The rows of a block, one quad for four elements. With z = −x for a positive and z = x for a negative
// label, or, of soft labels, for one that is nearer to 1 and to 0, a quad has
//   e^z as the sum of two numbers, both 0 for elements that contribute nothing; after evaluation the loss and the gradient's magnitude
//   the cross-entropy, which is never negative; the sign is that of the label instead: negative for a positive one
//   the label, before smoothing, if labels may be soft; after evaluation p_t
export const QUAD_SIZE: usize = 64;
/** Of the longest row, unless a block has a single row. */
export const QUADS: usize = 32;
export const E_LOW: usize = 16;
export const CROSS_ENTROPY: usize = 32;
export const LABEL: usize = 48;
export const LOSS: usize = 0;
export const GRADIENT_L1: usize = 16;
export const PT: usize = 48;

/** Samples that are evaluated together, so that sums are loaded and stored once for all of them. */
export const ROWS: u32 = 16;
/** After the rows, the factors of all three forms of labels. */
export const FACTORS: usize = usize(ROWS) * QUADS * QUAD_SIZE;
/** After the factors, a row of the positive elements of a block, one of each sample, as positive-elements.ts says. */
export const POSITIVES: usize = FACTORS + 3 * QUADS * QUAD_SIZE;
