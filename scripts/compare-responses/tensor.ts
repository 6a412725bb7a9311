/** A tensor to be sent. F16 and BF16 are given as bits. */
export interface Tensor {
  readonly dtype: keyof typeof DATATYPES;
  readonly shape: readonly number[];
  readonly values: NumberArray;
}

export type NumberArray =
  | Float64Array<ArrayBuffer>
  | Float32Array<ArrayBuffer>
  | Int32Array<ArrayBuffer>
  | Uint16Array<ArrayBuffer>
  | Uint8Array<ArrayBuffer>
  | BigInt64Array<ArrayBuffer>;

/** The element types by their names in safetensors, and what the Open Inference Protocol calls them. */
export const DATATYPES = {
  F64: 'FP64',
  F32: 'FP32',
  F16: 'FP16',
  BF16: 'BF16',
  I64: 'INT64',
  I32: 'INT32',
  U8: 'UINT8',
} as const;

export const product = (shape: readonly number[]): number => shape.reduce((total, size) => total * size, 1);

export function bytesOf({ values }: Tensor): Buffer {
  return Buffer.from(values.buffer, values.byteOffset, values.byteLength);
}

/** JSON has no half floats. */
export function hasJson({ dtype }: Tensor): boolean {
  return dtype !== 'F16' && dtype !== 'BF16';
}

export function flat({ values }: Tensor): number[] {
  return Array.from(values as Iterable<number | bigint>, Number);
}

export function nested({ values, shape }: Tensor): unknown {
  return nestedAt(values, shape, 0, product(shape));
}

function nestedAt(values: NumberArray, [size = 0, ...inner]: readonly number[], begin: number, end: number): unknown {
  if (inner.length === 0) return Array.from(values.subarray(begin, end) as Iterable<number | bigint>, Number);
  const step = (end - begin) / size;
  return Array.from({ length: size }, (_, i) => nestedAt(values, inner, begin + i * step, begin + (i + 1) * step));
}

/** Nested arrays as a tensor: float32 for predictions, the smallest of float64 and integers that hold them for others. */
export function toTensor(value: unknown, as: 'F32' | 'any'): Tensor {
  const shape: number[] = [];
  for (let at = value; Array.isArray(at); at = at[0]) shape.push(at.length);
  const numbers = (value as number[]).flat(8) as number[];
  if (as === 'F32') return { dtype: 'F32', shape, values: Float32Array.from(numbers) };
  if (numbers.every(Number.isInteger)) return { dtype: 'I64', shape, values: BigInt64Array.from(numbers, BigInt) };
  return { dtype: 'F64', shape, values: Float64Array.from(numbers) };
}
