import { product } from '../../loss/tensor.ts';
import { DTYPE_BYTES } from '../dtype.ts';
import type { ResponseTensor } from '../response-tensors.ts';
import { npyDescr } from './npy-dtype.ts';

// Where an npz file has its arrays. Each begins at a multiple of 64 bytes, as does the .npy file that it is in.

/** An array that goes into a file. */
export interface NpzEntry {
  readonly name: string;
  /** As numpy writes the dtype. */
  readonly descr: string;
  readonly shape: readonly number[];
  readonly dataBytes: number;
}

/** A place in the file. */
export interface PlacedEntry extends NpzEntry {
  /** Of the header of zip in front of it. */
  readonly start: number;
  /** Of the .npy file. */
  readonly npyStart: number;
  readonly dataStart: number;
  readonly end: number;
}

export const NPY_ALIGNMENT = 64;
export const LOCAL_HEADER_BYTES = 30;
/** The extra field that aligns what follows has a header, and states the alignment. */
export const MIN_EXTRA_BYTES = 6;
export const DIRECTORY_ENTRY_BYTES = 46;
export const DIRECTORY_END_BYTES = 22;
/** The magic bytes, the version, and the length of the text, which ends in a line break. */
const NPY_FIXED_BYTES = 11;
/** Sizes and offsets have 32 bits. */
export const MAX_NPZ_BYTES = 2 ** 32 - 2;

export function memberName({ name }: Pick<NpzEntry, 'name'>): string {
  return `${name}.npy`;
}

export function tensorEntry({ name, dtype, shape }: ResponseTensor): NpzEntry {
  return { name, descr: npyDescr(dtype), shape, dataBytes: product(shape) * DTYPE_BYTES[dtype] };
}

/** The array without axes that holds a string of so many characters. */
export function textEntry(name: string, characters: number): NpzEntry {
  return { name, descr: `<U${characters}`, shape: [], dataBytes: 4 * characters };
}

/** Places an array, the name of which is in ASCII, behind what ends at `start`. */
export function placeEntry(entry: NpzEntry, start: number): PlacedEntry {
  const npyStart = align(start + LOCAL_HEADER_BYTES + memberName(entry).length + MIN_EXTRA_BYTES);
  const dataStart = npyStart + align(NPY_FIXED_BYTES + npyHeaderText(entry).length);
  return { ...entry, start, npyStart, dataStart, end: dataStart + entry.dataBytes };
}

/** Places arrays one behind another, from the start of a file on. */
export function placeEntries(entries: readonly NpzEntry[]): PlacedEntry[] {
  let start = 0;
  return entries.map((entry) => {
    const placed = placeEntry(entry, start);
    start = placed.end;
    return placed;
  });
}

/** The bytes behind the last array. */
export function directoryBytes(entries: readonly NpzEntry[]): number {
  return entries.reduce(
    (bytes, entry) => bytes + DIRECTORY_ENTRY_BYTES + memberName(entry).length,
    DIRECTORY_END_BYTES,
  );
}

/** The text of a .npy header, without the spaces and the line break at its end. */
export function npyHeaderText({ descr, shape }: NpzEntry): string {
  const sizes = shape.length === 1 ? `${shape[0]},` : shape.join(', ');
  return `{'descr': '${descr}', 'fortran_order': False, 'shape': (${sizes}), }`;
}

function align(offset: number): number {
  return Math.ceil(offset / NPY_ALIGNMENT) * NPY_ALIGNMENT;
}
