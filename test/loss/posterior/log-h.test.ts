import assert from 'node:assert/strict';
import { test } from 'node:test';
import { logH, logOddsOfH } from '../../../src/loss/posterior/log-h.ts';

// Against h(p) = p / [q^γ − γ q^(γ−1) p log p] as it stands, where nothing in it cancels or underflows.

const GAMMAS = [0, 0.5, 2, 5];
const XS = [-6, -1.5, -0.2, 0, 0.3, 2, 5];

function definition(x: number, gamma: number): number {
  const p = 1 / (1 + Math.exp(-x));
  const q = 1 / (1 + Math.exp(x));
  return Math.log(p / (q ** gamma - gamma * q ** (gamma - 1) * p * Math.log(p)));
}

function slopeOf(f: (x: number) => number, x: number): number {
  const h = 1e-4;
  return (8 * (f(x + h / 2) - f(x - h / 2)) - (f(x + h) - f(x - h))) / (6 * h);
}

const near = (actual: number, expected: number, tolerance: number, what: string) =>
  assert.ok(
    Math.abs(actual - expected) <= tolerance * Math.max(1, Math.abs(expected)),
    `${what}: ${actual}, ${expected}`,
  );

for (const gamma of GAMMAS) {
  test(`log h and its slope, γ ${gamma}`, () => {
    for (const x of XS) {
      const { value, slope } = logH(x, gamma);
      near(value, definition(x, gamma), 1e-13, `log h at ${x}`);
      near(
        slope,
        slopeOf((at) => definition(at, gamma), x),
        1e-10,
        `its slope at ${x}`,
      );
    }
  });

  test(`the log odds of h and their slope, γ ${gamma}`, () => {
    const odds = (at: number) => definition(at, gamma) - definition(-at, gamma);
    for (const x of XS) {
      const { value, slope } = logOddsOfH(x, gamma);
      near(value, odds(x), 1e-13, `log odds at ${x}`);
      near(slope, slopeOf(odds, x), 1e-9, `their slope at ${x}`);
    }
  });
}

test('p that is 0 or 1 in float64 has finite values', () => {
  // Where p = 1, q = e^−x and r = 1: log h = γ x − log(1 + γ). Where q = 1, r = −p log p = −x e^x: log h = x.
  near(logH(800, 2).value, 1600 - Math.log(3), 1e-15, 'above');
  near(logH(-800, 2).value, -800, 1e-15, 'below');
  near(logOddsOfH(800, 2).value, 2400 - Math.log(3), 1e-15, 'log odds above');
  near(logOddsOfH(-800, 2).value, -2400 + Math.log(3), 1e-15, 'log odds below');
});
