/** How predictions may be stored: IEEE 754 binary64, binary32 and binary16, and bfloat16. */
export type FloatFormat = 'F64' | 'F32' | 'F16' | 'BF16';
/** The formats of 16 bits, which JavaScript has no numbers for: their tensors hold the bits. */
export type Float16Format = 'F16' | 'BF16';
/** What gradients may be rounded to. */
export type ResultFormat = 'F32' | Float16Format;
export const RESULT_BYTES = { F32: 4, F16: 2, BF16: 2 } as const;

/** Numbers of a `FloatFormat`; a Uint16Array holds the bits of a `Float16Format`. */
export type StoredFloats = Float64Array | Float32Array | Uint16Array;

/** Views bytes, which must be aligned, as numbers. */
export function viewFloats(format: FloatFormat, { buffer, byteOffset, byteLength }: Uint8Array): StoredFloats {
  if (format === 'F64') return new Float64Array(buffer, byteOffset, byteLength / 8);
  if (format === 'F32') return new Float32Array(buffer, byteOffset, byteLength / 4);
  return new Uint16Array(buffer, byteOffset, byteLength / 2);
}

export function viewResults(format: ResultFormat, bytes: Uint8Array): Float32Array | Uint16Array {
  return viewFloats(format, bytes) as Float32Array | Uint16Array;
}

/** The largest finite number of each format that results may have. */
export const LARGEST_FINITE = { F32: 3.4028234663852886e38, F16: 65504, BF16: 3.3895313892515355e38 } as const;

/**
 * Stored numbers as float32: themselves where they are, else copied.
 *
 * @param room where copies go, as long as `values` or longer
 */
export function toFloat32(values: StoredFloats, format: FloatFormat, room?: Float32Array): Float32Array {
  if (values instanceof Float32Array) return values;
  const target = room?.subarray(0, values.length) ?? new Float32Array(values.length);
  if (values instanceof Float64Array) target.set(values);
  else if (format === 'F16') widenFloat16(values, target);
  else widenBfloat16(values, target);
  return target;
}

// A table of all 65 536 fits the processor's second cache; working each number out takes several times as long.
let float16Values: Float32Array | undefined;

function widenFloat16(bits: Uint16Array, target: Float32Array): void {
  float16Values ??= Float32Array.from({ length: 65_536 }, (_, half) => float16Value(half));
  for (let i = 0; i < bits.length; i++) target[i] = float16Values[bits[i]!]!;
}

/** 1 bit of sign, 5 of exponent, 10 of fraction. */
function float16Value(half: number): number {
  const sign = half & 0x8000 ? -1 : 1;
  const exponent = (half >> 10) & 31;
  const fraction = half & 1023;
  if (exponent === 31) return fraction === 0 ? sign * Number.POSITIVE_INFINITY : Number.NaN;
  return sign * (exponent === 0 ? fraction * 2 ** -24 : (1024 + fraction) * 2 ** (exponent - 25));
}

/** A bfloat16 is the upper half of a float32. */
function widenBfloat16(bits: Uint16Array, target: Float32Array): void {
  const targetBits = new Uint32Array(target.buffer, target.byteOffset, target.length);
  for (let i = 0; i < bits.length; i++) targetBits[i] = bits[i]! << 16;
}
