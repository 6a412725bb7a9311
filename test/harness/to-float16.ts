import type { Float16Format } from '../../src/core/float-format.ts';

// Rounding to 16 bits one number at a time: the reference for the SIMD code in src/core/float16, and a source of test data.

/** Rounds float32 to 16 bits, ties to even; values that are too large become infinite. */
export function toFloat16(values: Float32Array, format: Float16Format, target: Uint16Array): void {
  const bits = new Uint32Array(values.buffer, values.byteOffset, values.length);
  if (format === 'F16') roundToFloat16(values, bits, target);
  else roundToBfloat16(bits, target);
}

const MAGNITUDE = 0x7fffffff;
const INFINITE = 0x7f800000;
/** float32 bits of 2^16, from which a float16 is infinite, and of 2^-14, below which it is subnormal. */
const TOO_LARGE = 0x47800000;
const SUBNORMAL = 0x38800000;

function roundToFloat16(values: Float32Array, bits: Uint32Array, target: Uint16Array): void {
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

/** Rounds 0 ≤ x < 2^51 to an integer: the sum has no bits left for a fraction. */
function roundToEven(x: number): number {
  return x + 2 ** 52 - 2 ** 52;
}

function roundToBfloat16(bits: Uint32Array, target: Uint16Array): void {
  for (let i = 0; i < bits.length; i++) {
    const x = bits[i]!;
    target[i] = (x & MAGNITUDE) > INFINITE ? 0x7fc0 : (x + 0x7fff + ((x >>> 16) & 1)) >>> 16;
  }
}
