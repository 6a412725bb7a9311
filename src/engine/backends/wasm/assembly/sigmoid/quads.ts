// The rows of a block, one quad for four elements. With z = −x for a positive and z = x for a negative label, or z = −|x| if labels
// may be soft, a quad has
//   e^z as the sum of two numbers, both 0 for elements that contribute nothing; after evaluation the loss and the gradient's magnitude
//   the cross-entropy, which is never negative; the sign is that of the label instead: negative for a positive one. If labels may be
//   soft, before evaluation the label, before smoothing, in place of the cross-entropy
//   if labels may be soft, the distance that load-soft-row.ts says; after evaluation p_t
export const QUAD_SIZE: usize = 64;
/** Of the longest row, unless a block has a single row. */
export const QUADS: usize = 32;
export const E_LOW: usize = 16;
export const CROSS_ENTROPY: usize = 32;
export const LABEL: usize = 32;
export const DISTANCE: usize = 48;
export const LOSS: usize = 0;
export const GRADIENT_L1: usize = 16;
export const PT: usize = 48;

/** Samples that are evaluated together, so that sums are loaded and stored once for all of them. */
export const ROWS: u32 = 16;
/** After the rows, the factors of both forms of labels. */
export const FACTORS: usize = usize(ROWS) * QUADS * QUAD_SIZE;
/** After the factors, a row of the positive elements of a block, one of each sample, as positive-elements.ts says. */
export const POSITIVES: usize = FACTORS + 2 * QUADS * QUAD_SIZE;
export const POSITIVES_SIZE: usize = 640;
/** After it, the gradients of a row that are not requested: they go nowhere in particular. */
export const SPARE_GRADIENTS: usize = POSITIVES + POSITIVES_SIZE;
/** After them, the factors of Poly-1, as poly-factors.ts says. */
export const POLYS: usize = SPARE_GRADIENTS + usize(ROWS) * QUADS * 16;
