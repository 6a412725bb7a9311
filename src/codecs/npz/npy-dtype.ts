import { DTYPE_BYTES, type Dtype } from '../dtype.ts';

/** The element type of a .npy file. */
export type NpyDtype =
  | { readonly kind: 'numbers'; readonly dtype: Dtype; readonly isBigEndian: boolean }
  /** Strings of a fixed width: in UTF-32 or, as Python's bytes, in UTF-8. */
  | {
      readonly kind: 'text';
      readonly encoding: 'utf-32' | 'utf-8';
      readonly width: number;
      readonly isBigEndian: boolean;
    }
  /** Not supported, for this reason and with this cure. */
  | { readonly kind: 'none'; readonly cure: string };

const DTYPES: Readonly<Record<string, Dtype>> = {
  f8: 'F64',
  f4: 'F32',
  f2: 'F16',
  i8: 'I64',
  i4: 'I32',
  i2: 'I16',
  i1: 'I8',
  u8: 'U64',
  u4: 'U32',
  u2: 'U16',
  u1: 'U8',
  b1: 'BOOL',
  // numpy has no bfloat16. Arrays of ml_dtypes' type are saved as raw data of two bytes, which nothing else is.
  V2: 'BF16',
};

const CODES = Object.fromEntries(Object.entries(DTYPES).map(([code, dtype]) => [dtype, code])) as Record<Dtype, string>;

const CURES: Readonly<Record<string, string>> = {
  O: 'Python objects, which are pickled and not read: leave out an option that is None, send lists of equal lengths as numbers, and everything else as JSON text: options=json.dumps({…})',
  f: 'use .astype(numpy.float32)',
  c: 'send .real, or numpy.abs of it',
  V: 'view it as a type of numbers (two bytes are read as bfloat16)',
  M: 'use .astype(numpy.float32)',
  m: 'use .astype(numpy.float32)',
};

/** Longer than any text that is accepted, and short enough not to overflow. */
const MAX_WIDTH_DIGITS = 9;

/** @param descr of the header, such as `<f4` or `|b1` */
export function readNpyDtype(descr: string): NpyDtype {
  const match = /^([<>=|]?)([A-Za-z])(\d*)/.exec(descr);
  const [whole = '', order = '', letter = '', digits = ''] = match ?? [];
  const isBigEndian = order === '>';
  const dtype = whole === descr && !(letter === 'V' && isBigEndian) ? DTYPES[`${letter}${digits}`] : undefined;
  if (dtype) return { kind: 'numbers', dtype, isBigEndian: isBigEndian && DTYPE_BYTES[dtype] > 1 };
  const isText = (letter === 'U' || letter === 'S') && whole === descr && Number(digits) > 0;
  if (isText && digits.length <= MAX_WIDTH_DIGITS) {
    return { kind: 'text', encoding: letter === 'U' ? 'utf-32' : 'utf-8', width: Number(digits), isBigEndian };
  }
  const cure = Object.hasOwn(CURES, letter) ? CURES[letter]! : 'use .astype(numpy.float32)';
  return { kind: 'none', cure };
}

/** The dtype as the header of a .npy file has it, little endian. */
export function npyDescr(dtype: Dtype): string {
  return `${DTYPE_BYTES[dtype] === 1 || dtype === 'BF16' ? '|' : '<'}${CODES[dtype]}`;
}
