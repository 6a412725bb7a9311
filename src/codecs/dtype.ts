import type { FloatFormat } from '../core/float-format.ts';

/** Element types of binary tensors by the names that safetensors gives them, and their bytes per element. */
export const DTYPE_BYTES = {
  F64: 8,
  F32: 4,
  F16: 2,
  BF16: 2,
  I64: 8,
  I32: 4,
  I16: 2,
  I8: 1,
  U64: 8,
  U32: 4,
  U16: 2,
  U8: 1,
  BOOL: 1,
} as const;

export type Dtype = keyof typeof DTYPE_BYTES;

/** Predictions of these types are viewed where they are; those of other types are converted. */
export function isFloat(dtype: Dtype): dtype is FloatFormat {
  return dtype === 'F64' || dtype === 'F32' || dtype === 'F16' || dtype === 'BF16';
}
