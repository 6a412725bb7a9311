import type { Float16Format } from '../../src/core/float-format.ts';

// What src/core/float16 does by SIMD, one number at a time: for its test, and to encode numbers that tests send.

/** Rounds float32 to 16 bits, ties to even; what is too large becomes infinite. */
export function toHalf(values: Float32Array, format: Float16Format, target: Uint16Array): void {
  const bits = new Uint32Array(values.buffer, values.byteOffset, values.length);
  if (format === 'F16') narrowToFloat16(values, bits, target);
  else narrowToBfloat16(bits, target);
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
