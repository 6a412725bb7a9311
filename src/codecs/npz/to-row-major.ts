import type { Allocator } from '../../core/allocator.ts';
import { copyBytes } from '../../core/copy-bytes.ts';
import { product } from '../../loss/tensor.ts';
import { DTYPE_BYTES, type Dtype } from '../dtype.ts';
import type { RawTensor } from '../raw-tensor.ts';

/** The numbers of a .npy file as they are there. */
export interface StoredNumbers {
  readonly dtype: Dtype;
  readonly shape: readonly number[];
  readonly bytes: Uint8Array;
  readonly isBigEndian: boolean;
  /** Whether the first axis varies fastest. */
  readonly isFortran: boolean;
}

/** Whether the bytes can stay as they are: an array with one axis longer than 1 is the same in either order. */
export function isRowMajor({ isFortran, shape }: StoredNumbers): boolean {
  return !isFortran || shape.filter((size) => size !== 1).length < 2 || shape.includes(0);
}

/**
 * The numbers as a tensor: little endian and row major, the bytes themselves if they are that already, else a copy.
 *
 * @param allocator where a copy goes
 */
export function toRawTensor(stored: StoredNumbers, allocator: Allocator): RawTensor {
  const { dtype, shape, isBigEndian } = stored;
  let { bytes } = stored;
  if (!isRowMajor(stored)) bytes = toRowMajor(stored, allocator);
  else if (isBigEndian) {
    const copy = allocator.bytes(bytes.length);
    copyBytes(bytes, copy);
    bytes = copy;
  }
  if (isBigEndian) swapBytes(bytes, DTYPE_BYTES[dtype]);
  return { dtype, shape, bytes };
}

function swapBytes({ buffer, byteOffset, byteLength }: Uint8Array, size: number): void {
  const bytes = Buffer.from(buffer, byteOffset, byteLength);
  if (size === 2) bytes.swap16();
  else if (size === 4) bytes.swap32();
  else bytes.swap64();
}

/** Numbers of 8 bytes are moved as two words: as float64, integers might be changed that look like NaN. */
const WORDS = { 1: Uint8Array, 2: Uint16Array, 4: Uint32Array, 8: Uint32Array } as const;
/** Rows and columns of a block stay in the processor's cache while the block is turned. */
const BLOCK = 32;

/** Numbers whose first axis varies fastest, copied so that the last one does. */
function toRowMajor({ dtype, shape, bytes }: StoredNumbers, allocator: Allocator): Uint8Array {
  const Words = WORDS[DTYPE_BYTES[dtype]];
  const wordBytes = Words.BYTES_PER_ELEMENT;
  const target = allocator.bytes(bytes.length);
  let source = bytes;
  if (bytes.byteOffset % wordBytes !== 0) {
    source = allocator.bytes(bytes.length);
    copyBytes(bytes, source);
  }
  const view = ({ buffer, byteOffset, byteLength }: Uint8Array) =>
    new Words(buffer as ArrayBuffer, byteOffset, byteLength / wordBytes); // The type of the union wants no shared one.
  const from = view(source);
  const to = view(target);
  const sizes = shape.filter((size) => size !== 1);
  const numbers = bytes.length / DTYPE_BYTES[dtype];
  const step = { rows: numbers / sizes[0]!, columns: numbers / sizes.at(-1)! };
  forEachPlace(sizes, (fromStart, toStart) => {
    forEachBlock(sizes[0]!, sizes.at(-1)!, (rows, columns) => {
      for (let row = rows.start; row < rows.end; row++) {
        let fromAt = fromStart + row + columns.start * step.columns;
        let toAt = toStart + row * step.rows + columns.start;
        for (let column = columns.start; column < columns.end; column++) {
          if (wordBytes === DTYPE_BYTES[dtype]) to[toAt] = from[fromAt]!;
          else {
            to[2 * toAt] = from[2 * fromAt]!;
            to[2 * toAt + 1] = from[2 * fromAt + 1]!;
          }
          fromAt += step.columns;
          toAt += 1;
        }
      }
    });
  });
  if (source !== bytes) allocator.free(source);
  return target;
}

/** Each place of the axes between the first and the last, as the index of its first number in either order. */
function forEachPlace(sizes: readonly number[], visit: (fromStart: number, toStart: number) => void): void {
  const middle = sizes.slice(1, -1);
  const places = product(middle);
  for (let place = 0; place < places; place++) {
    let fromStart = 0;
    let rest = place;
    let step = places;
    for (let axis = middle.length - 1; axis >= 0; axis--) {
      step /= middle[axis]!;
      fromStart += (rest % middle[axis]!) * step;
      rest = Math.floor(rest / middle[axis]!);
    }
    visit(fromStart * sizes[0]!, place * sizes.at(-1)!);
  }
}

interface Range {
  readonly start: number;
  readonly end: number;
}

/** A plane, block by block: its rows lie together in the one order, and its columns in the other. */
function forEachBlock(rows: number, columns: number, visit: (rows: Range, columns: Range) => void): void {
  for (let row = 0; row < rows; row += BLOCK) {
    for (let column = 0; column < columns; column += BLOCK) {
      visit(
        { start: row, end: Math.min(rows, row + BLOCK) },
        { start: column, end: Math.min(columns, column + BLOCK) },
      );
    }
  }
}
