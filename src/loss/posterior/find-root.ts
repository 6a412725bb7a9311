import type { ValueAndSlope } from './log-h.ts';

const MAX_STEPS = 200;
/** Relative and absolute: rounding errors of f make x waver by less. */
const PRECISION = 1e-13;
const SMALLEST = 1e-15;

/** Where an increasing function is 0: Newton's method, between the bounds that it has found so far. */
export function findRoot(f: (x: number) => ValueAndSlope, start: number): number {
  let low = Number.NEGATIVE_INFINITY;
  let high = Number.POSITIVE_INFINITY;
  let x = start;
  for (let step = 0; step < MAX_STEPS; step++) {
    const { value, slope } = f(x);
    if (value === 0) break;
    if (value < 0) low = x;
    else high = x;
    let next = x - value / slope;
    if (!(next > low && next < high)) next = between(low, high, x);
    const isThere = Math.abs(next - x) <= PRECISION * Math.abs(next) + SMALLEST;
    x = next;
    if (isThere) break;
  }
  return x;
}

/** The middle, or a step outwards if there is no bound yet. */
function between(low: number, high: number, x: number): number {
  if (low === Number.NEGATIVE_INFINITY) return x - 1 - Math.abs(x);
  return high === Number.POSITIVE_INFINITY ? x + 1 + Math.abs(x) : low + (high - low) / 2;
}
