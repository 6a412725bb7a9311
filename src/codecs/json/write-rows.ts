import {
  BLOCK_BYTES,
  float64s,
  PIECE_BYTES,
  pieceLengths,
  pieces,
  text as window,
  wordOffset,
  writeRows as writeBlock,
} from './number-module.ts';

/** The longest number, such as -1.2345678901234567e-300, or `null`. */
const MAX_FLOAT64_TEXT = 24;
const MAX_BLOCK_BYTES = 2 * BLOCK_BYTES - 8;

let loaded: RowText | undefined;

/** The text before each number of a row, and behind the last one: at most 32 pieces of up to 32 bytes of ASCII. */
export type RowText = readonly string[];

/**
 * Writes rows of numbers as text: each number as `JSON.stringify` writes it, so that NaN is null.
 *
 * @param columns one less than there are pieces of text
 * @param from the first row; `to` is exclusive
 * @returns the offset behind it
 */
export function writeRows(
  target: Uint8Array,
  offset: number,
  text: RowText,
  columns: readonly Float64Array[],
  from = 0,
  to = columns[0]!.length,
): number {
  load(text);
  const rowBytes = text.reduce((total, piece) => total + piece.length, MAX_FLOAT64_TEXT * columns.length);
  const rowsPerBlock = Math.floor(Math.min(MAX_BLOCK_BYTES / rowBytes, float64s.length / columns.length));
  let at = offset;
  for (let row = from; row < to; row += rowsPerBlock) {
    const rows = Math.min(rowsPerBlock, to - row);
    for (let column = 0; column < columns.length; column++) {
      const numbers = columns[column]!;
      for (let i = 0, place = column; i < rows; i++, place += columns.length) float64s[place] = numbers[row + i]!;
    }
    const misalignment = wordOffset(target, at);
    const length = writeBlock(misalignment, rows, columns.length);
    target.set(window.subarray(misalignment, misalignment + length), at);
    at += length;
  }
  return at;
}

/** The module keeps the text of the last call. */
function load(text: RowText): void {
  if (loaded === text) return;
  text.forEach((piece, i) => {
    pieces.set(Buffer.from(piece, 'latin1'), i * PIECE_BYTES);
    pieceLengths[i] = piece.length;
  });
  loaded = text;
}

const LIST_ITEM: RowText = [',', ''];
const OPEN_ARRAY = 0x5b;
const CLOSE_ARRAY = 0x5d;

/** Writes numbers as an array in JSON, as `JSON.stringify` does. */
export function writeFloat64s(target: Uint8Array, offset: number, values: Float64Array): number {
  const at = values.length === 0 ? offset + 1 : writeRows(target, offset, LIST_ITEM, [values]);
  target[offset] = OPEN_ARRAY; // In place of the first comma.
  target[at] = CLOSE_ARRAY;
  return at + 1;
}
