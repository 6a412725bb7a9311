import assert from 'node:assert/strict';
import { test } from 'node:test';
import { focalGradient, focalLoss } from '../../../src/explorer/charts/focal-curve.ts';
import { sideGammas } from '../../../src/explorer/hyper-parameters.ts';
import { FOCAL_LOSS, hasOwnPositives, sideLosses } from '../../../src/explorer/loss-form.ts';
import { focalTerm } from '../../../src/loss/focal-term.ts';
import { type ElementLoss, labelledTerm } from '../../../src/loss/labelled-term.ts';
import { fromLogit } from '../../../src/loss/log-probabilities.ts';

const LOGITS = [-5, -1, 0, 0.3, 2, 6];

test("the page's curves are the service's loss and gradient", () => {
  for (const logit of LOGITS) {
    const pt = 1 / (1 + Math.exp(-logit));
    for (const gamma of [0, 0.5, 2, 5]) {
      const { loss, gradient } = focalTerm(fromLogit(logit), gamma);
      close(focalLoss(pt, { gamma, weight: 0.25 }), 0.25 * loss);
      close(focalGradient(pt, { gamma, weight: 0.25 }), 0.25 * Math.abs(gradient));
    }
  }
});

for (const [name, form, softLabels] of [
  ['a margin', { margin: 0.3 }, 'interpolated'],
  ['Poly-1', { polyEpsilon: 2 }, 'interpolated'],
  ['a margin, Poly-1 and a detached factor', { margin: 0.3, polyEpsilon: -0.2, detached: true }, 'interpolated'],
  ['varifocal loss', { softLabels: 'varifocal' }, 'varifocal'],
  ['matchability-aware loss, detached', { softLabels: 'matchability', detached: true }, 'matchability'],
] as const) {
  test(`so they are of both sides with ${name}`, () => {
    const whole = { ...FOCAL_LOSS, ...form };
    const { margin, polyEpsilon, detached } = whole;
    for (const gamma of [0, 0.5, 2, { positive: 1, negative: 4 }]) {
      const sides = sideLosses({ gamma, alpha: 0.25 }, whole);
      const loss: ElementLoss = {
        softLabels,
        margin,
        gamma: sideGammas(gamma),
        alpha: hasOwnPositives(whole) ? { positive: 1, negative: 0.25 } : { positive: 0.25, negative: 0.75 },
        poly: polyEpsilon,
        detached: { gradient: detached, hessian: detached },
      };
      for (const logit of LOGITS) {
        for (const [y, side] of [
          [1, sides.positive],
          [0, sides.negative],
        ] as const) {
          const pt = 1 / (1 + Math.exp(y === 1 ? -logit : logit));
          const expected = labelledTerm(fromLogit(logit), { y, notY: 1 - y }, loss);
          close(focalLoss(pt, side), expected.loss);
          close(focalGradient(pt, side), Math.abs(expected.gradient));
        }
      }
    }
  });
}

function close(actual: number, expected: number): void {
  assert.ok(Math.abs(actual - expected) <= 1e-12 * Math.abs(expected), `expected ${expected}, got ${actual}`);
}
