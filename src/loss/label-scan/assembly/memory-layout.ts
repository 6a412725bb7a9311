/** The most labels that go through the module at once; fewer of the larger types (label-blocks.ts). */
export const BLOCK: u32 = 4096;

// Vectors are read past the end of a block, and blocks start up to 7 bytes in.
const MARGIN: i32 = 128;

/** A block as it was sent. */
export const SOURCE: usize = memory.data(4096 * 2 + MARGIN, 16);
/** A block of int32, or of float32 that were sent in 16 bits. */
export const CONVERTED: usize = memory.data(4096 * 4 + MARGIN, 16);
/** The labels of a batch that a block becomes. */
export const RESULT: usize = memory.data(4096 * 4 + MARGIN, 16);
