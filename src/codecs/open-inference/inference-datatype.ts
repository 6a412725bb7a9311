import type { Dtype } from '../dtype.ts';

/** The protocol's names of the element types. Its BYTES, text of any length, is not supported. */
export const DATATYPES = {
  BOOL: 'BOOL',
  UINT8: 'U8',
  UINT16: 'U16',
  UINT32: 'U32',
  UINT64: 'U64',
  INT8: 'I8',
  INT16: 'I16',
  INT32: 'I32',
  INT64: 'I64',
  FP16: 'F16',
  BF16: 'BF16',
  FP32: 'F32',
  FP64: 'F64',
} as const satisfies Record<string, Dtype>;

export type Datatype = keyof typeof DATATYPES;

const BY_DTYPE = new Map(Object.entries(DATATYPES).map(([datatype, dtype]) => [dtype, datatype as Datatype]));

export function datatypeOf(dtype: Dtype): Datatype {
  return BY_DTYPE.get(dtype)!;
}

/** The protocol has no JSON for these. */
export function isBinaryOnly(datatype: Datatype): datatype is 'FP16' | 'BF16' {
  return datatype === 'FP16' || datatype === 'BF16';
}
