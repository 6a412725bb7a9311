/**
 * 10^e for each e from `least` to `most` as the upper 128 bits of its binary digits, which are those of 5^e; each with
 * its low half first.
 *
 * 5^55 is the last power to fit. Reciprocals never do: they are rounded down, but up from 10^-27 on, so that a product
 * with one comes out whole where the quotient is (Lemire, "Number parsing at a gigabyte per second", 2021).
 */
export function significands(least: number, most: number): BigUint64Array {
  const halves = new BigUint64Array(2 * (most - least + 1));
  const store = (e: number, significand: bigint) => {
    halves[2 * (e - least)] = BigInt.asUintN(64, significand);
    halves[2 * (e - least) + 1] = significand >> 64n;
  };
  let power = 1n;
  for (let e = 0; e <= Math.max(-least, most); e++) {
    const length = BigInt(power.toString(2).length);
    if (e <= most) store(e, power << (128n - length));
    if (e > 0 && e <= -least) store(-e, (1n << (length + 127n)) / power + (e <= 27 ? 1n : 0n));
    power *= 5n;
  }
  return halves;
}
