/** How predictions may be stored: IEEE 754 binary64, binary32 and binary16, and bfloat16. */
export type FloatFormat = 'F64' | 'F32' | 'F16' | 'BF16';
/** The formats of 16 bits, which JavaScript has no numbers for: their tensors hold the bits. */
export type HalfFormat = 'F16' | 'BF16';
/** What gradients may be rounded to. */
export type ResultFormat = 'F32' | HalfFormat;
export const RESULT_BYTES = { F32: 4, F16: 2, BF16: 2 } as const;

/** Numbers of a `FloatFormat`; a Uint16Array holds the bits of a `HalfFormat`. */
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

/** Rounds float32 to 16 bits, ties to even; what is too large becomes infinite. */
export function toHalf(values: Float32Array, format: HalfFormat, target: Uint16Array): void {
  const bits = new Uint32Array(values.buffer, values.byteOffset, values.length);
  if (format === 'F16') narrowToFloat16(values, bits, target);
  else narrowToBfloat16(bits, target);
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

const MAGNITUDE = 0x7fffffff;
const INFINITE = 0x7f800000;
/** float32 bits of 2^16, from where a float16 is infinite, and of 2^-14, below which it is subnormal. */
const TOO_LARGE = 0x47800000;
const SUBNORMAL = 0x38800000;

function narrowToFloat16(values: Float32Array, bits: Uint32Array, target: Uint16Array): void {
  for (let i = 0; i < bits.length; i++) {
    const magnitude = bits[i]! & MAGNITUDE;
    let half: number;
    if (magnitude < SUBNORMAL) {
      // A multiple of 2^-24.
      half = roundToEven(Math.abs(values[i]!) * 2 ** 24);
    } else if (magnitude < TOO_LARGE) {
      // The exponents' biases differ by 112; half a unit of the last place, less one if that is even, rounds.
      half = (magnitude - (112 << 23) + 0xfff + ((magnitude >>> 13) & 1)) >>> 13;
    } else {
      half = magnitude > INFINITE ? 0x7e00 : 0x7c00;
    }
    target[i] = ((bits[i]! >>> 16) & 0x8000) | half;
  }
}

/** To an integer, for 0 ≤ x < 2^51: what is added leaves no bits for a fraction. */
function roundToEven(x: number): number {
  return x + 2 ** 52 - 2 ** 52;
}

function narrowToBfloat16(bits: Uint32Array, target: Uint16Array): void {
  for (let i = 0; i < bits.length; i++) {
    const x = bits[i]!;
    target[i] = (x & MAGNITUDE) > INFINITE ? 0x7fc0 : (x + 0x7fff + ((x >>> 16) & 1)) >>> 16;
  }
}
