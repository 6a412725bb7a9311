import assert from 'node:assert/strict';
import { test } from 'node:test';
import { focalGradient, focalLoss } from '../../../src/explorer/charts/focal-curve.ts';
import { focalTerm } from '../../../src/loss/focal-term.ts';
import { fromLogit } from '../../../src/loss/log-probabilities.ts';

test("the page's curves are the service's loss and gradient", () => {
  for (const logit of [-5, -1, 0, 0.3, 2, 6]) {
    const pt = 1 / (1 + Math.exp(-logit));
    for (const gamma of [0, 0.5, 2, 5]) {
      const { loss, gradient } = focalTerm(fromLogit(logit), gamma);
      close(focalLoss(pt, gamma, 0.25), 0.25 * loss);
      close(focalGradient(pt, gamma, 0.25), 0.25 * Math.abs(gradient));
    }
  }
});

function close(actual: number, expected: number): void {
  assert.ok(Math.abs(actual - expected) <= 1e-12 * Math.abs(expected), `expected ${expected}, got ${actual}`);
}
