import { TEXT, VALUES } from './memory-layout';
import { writeFloat64 } from './write-float64';

const PIECE_BITS: usize = 5;

/** The text before each number of a row, and behind the last one: up to 32 bytes each. */
export const PIECES: usize = memory.data(32 * 32, 16);
/** How long each piece is, as u32. */
export const PIECE_LENGTHS: usize = memory.data(32 * 4, 4);

/**
 * Writes rows of float64s, each number behind its piece of text.
 *
 * @param start where the text starts, as an offset from `TEXT`
 * @returns the length of the text in bytes
 */
export function writeRows(start: u32, rows: u32, columns: u32): u32 {
  const textStart = TEXT + start;
  let at = textStart;
  let from: usize = VALUES;
  for (let row: u32 = 0; row < rows; row++) {
    for (let column: u32 = 0; column < columns; column++, from += 8) {
      at = writeFloat64(writePiece(at, column), load<f64>(from));
    }
    at = writePiece(at, columns);
  }
  return u32(at - textStart);
}

@inline
function writePiece(at: usize, piece: u32): usize {
  const text = PIECES + (usize(piece) << PIECE_BITS);
  v128.store(at, v128.load(text));
  v128.store(at, v128.load(text, 16), 16);
  return at + usize(load<u32>(PIECE_LENGTHS + (usize(piece) << 2)));
}
