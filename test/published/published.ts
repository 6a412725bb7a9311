import assert from 'node:assert/strict';

const NUMBER = /[-+]?(?:\d+\.?\d*|\.\d+)(?:e[-+]?\d+)?/gi;

/**
 * How near the service promises to be, relatively. Gradients and element losses are float32 besides, and so is the
 * arithmetic that most published values came from: their eighth and ninth digits are rounding.
 */
export const PROMISE = 1e-6;

/**
 * Compares numbers, in order, with a published text such as `[[0.1016, -0.139], [1e-9, 2]]`, copied from where it was
 * published, trailing zeros and all: each one to half a unit of its last printed digit, or to `PROMISE` where there are
 * more digits than that.
 *
 * @param actual a number or nested arrays of them
 */
export function assertPublished(actual: unknown, published: string): void {
  const numbers = [actual].flat(Number.POSITIVE_INFINITY);
  const texts = published.match(NUMBER) ?? [];
  assert.equal(numbers.length, texts.length, `as many numbers as were published, ${published}`);
  texts.forEach((text, i) => {
    const expected = Number(text);
    const tolerance = Math.max(unitOfLastDigit(text) / 2, PROMISE * Math.abs(expected));
    // The last term is the rounding of the comparison itself, for a value that lies half way.
    const far = Math.abs(Number(numbers[i]) - expected) - tolerance - 1e-15 * Math.abs(expected);
    assert.ok(far <= 0, `${numbers[i]} is not ${text} within ${tolerance}, at ${i} of ${published}`);
  });
}

/** Compares numbers, in order, relatively; 0 has to be 0. */
export function assertRelative(actual: unknown, expected: unknown, relative = PROMISE): void {
  const numbers = [actual].flat(Number.POSITIVE_INFINITY);
  const wanted = [expected].flat(Number.POSITIVE_INFINITY);
  assert.equal(numbers.length, wanted.length);
  wanted.forEach((value, i) => {
    const far = Math.abs(Number(numbers[i]) - Number(value));
    assert.ok(far <= relative * Math.abs(Number(value)), `${numbers[i]} is not ${value} within ${relative}, at ${i}`);
  });
}

/** The mean of each row, which Keras calls `reduction=None` of a binary loss: a mean over the last axis. */
export function rowMeans(rows: readonly (readonly number[])[]): number[] {
  return rows.map((row) => row.reduce((sum, value) => sum + value, 0) / row.length);
}

/** Half a unit of `'0.0170'` is 0.00005. */
function unitOfLastDigit(text: string): number {
  const [digits, exponent = '0'] = text.toLowerCase().split('e');
  return 10 ** (Number(exponent) - (digits?.split('.')[1]?.length ?? 0));
}
