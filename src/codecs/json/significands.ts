/**
 * The upper 128 bits of 10^e for each e from `min` to `max`, which are those of 5^e; each as two words, the low one first.
 *
 * 5^55 is the last power that fits. Reciprocals never fit: they are rounded down, but from 10^-27 on up, so that a product
 * with one is an integer where the quotient is (Lemire, "Number parsing at a gigabyte per second", 2021).
 */
export function significands(min: number, max: number): BigUint64Array {
  const words = new BigUint64Array(2 * (max - min + 1));
  const store = (e: number, significand: bigint) => {
    words[2 * (e - min)] = BigInt.asUintN(64, significand);
    words[2 * (e - min) + 1] = significand >> 64n;
  };
  let power = 1n;
  for (let e = 0; e <= Math.max(-min, max); e++) {
    const length = BigInt(power.toString(2).length);
    if (e <= max) store(e, power << (128n - length));
    if (e > 0 && e <= -min) store(-e, (1n << (length + 127n)) / power + (e <= 27 ? 1n : 0n));
    power *= 5n;
  }
  return words;
}
