import assert from 'node:assert/strict';

/** f′(x) by a five-point stencil: its error is about 1e-11 for functions of size 1. */
export function derivative(f: (x: number) => number, x: number, h = 1e-3): number {
  return (8 * (f(x + h) - f(x - h)) - (f(x + 2 * h) - f(x - 2 * h))) / (12 * h);
}

export function close(actual: number, expected: number, relative = 1e-9, absolute = 0): void {
  const error = Math.abs(actual - expected);
  assert.ok(error <= relative * Math.abs(expected) + absolute, `expected ${expected}, got ${actual}`);
}
