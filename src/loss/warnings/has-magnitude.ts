const SIGN = 0x7fffffff;

/**
 * Whether some value is at least as large as `min`, whatever its sign, or no number. Of floats without their signs, the bits are
 * ordered as the floats are: what reaches those of `min` overflows into the sign of a sum of integers, which takes half the time of
 * comparing floats.
 */
export function hasMagnitude(values: Float32Array, min: number): boolean {
  const bits = new Int32Array(values.buffer, values.byteOffset, values.length);
  const untilOverflow = (SIGN - bitsOf(min) + 1) | 0;
  let sums = 0;
  for (let i = 0; i < bits.length; i++) sums |= ((bits[i]! & SIGN) + untilOverflow) | 0;
  return sums < 0;
}

function bitsOf(value: number): number {
  return new Int32Array(Float32Array.of(value).buffer)[0]!;
}
