/**
 * softplus(x) = log(1 + eˣ), to float64 precision for every finite x.
 *
 * For x > 0 the exponential would overflow, and 1 + eˣ would round small terms away for x ≪ 0:
 * log(1 + eˣ) = max(x, 0) + log1p(e^−|x|) does neither.
 */
export function softplus(x: number): number {
  return Math.max(x, 0) + Math.log1p(Math.exp(-Math.abs(x)));
}
