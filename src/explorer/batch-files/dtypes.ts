/** Element types by the names that safetensors gives them, and their bytes per element. */
export const DTYPE_BYTES: Readonly<Record<string, number>> = {
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
};

/** Reads little-endian numbers. Integers of 64 bits are rounded beyond 2^53. */
export function decodeNumbers(dtype: string, bytes: ArrayBuffer): ArrayLike<number> {
  const decode = DECODERS[dtype];
  if (!decode) throw new TypeError(`There is no dtype ${dtype}`);
  return decode(bytes);
}

const DECODERS: Readonly<Record<string, (bytes: ArrayBuffer) => ArrayLike<number>>> = {
  F64: (bytes) => new Float64Array(bytes),
  F32: (bytes) => new Float32Array(bytes),
  F16: (bytes) => Float32Array.from(new Uint16Array(bytes), float16),
  BF16: (bytes) => new Float32Array(Uint32Array.from(new Uint16Array(bytes), (bits) => bits << 16).buffer),
  I64: (bytes) => Float64Array.from(new BigInt64Array(bytes) as unknown as ArrayLike<bigint>, Number),
  I32: (bytes) => new Int32Array(bytes),
  I16: (bytes) => new Int16Array(bytes),
  I8: (bytes) => new Int8Array(bytes),
  U64: (bytes) => Float64Array.from(new BigUint64Array(bytes) as unknown as ArrayLike<bigint>, Number),
  U32: (bytes) => new Uint32Array(bytes),
  U16: (bytes) => new Uint16Array(bytes),
  U8: (bytes) => new Uint8Array(bytes),
  BOOL: (bytes) => new Uint8Array(bytes),
};

/** The number that IEEE 754 binary16 has these bits for. */
function float16(bits: number): number {
  const sign = bits & 0x8000 ? -1 : 1;
  const exponent = (bits >> 10) & 0x1f;
  const fraction = bits & 0x3ff;
  if (exponent === 0) return sign * fraction * 2 ** -24;
  if (exponent === 0x1f) return fraction ? Number.NaN : sign * Number.POSITIVE_INFINITY;
  return sign * (1 + fraction / 1024) * 2 ** (exponent - 15);
}
