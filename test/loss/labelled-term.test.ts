import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Term } from '../../src/loss/focal-term.ts';
import { labelledTerm } from '../../src/loss/labelled-term.ts';
import { fromLogit, fromProbability } from '../../src/loss/log-probabilities.ts';
import { smoothedLabel } from '../../src/loss/smoothed-label.ts';
import { close, derivative } from '../helpers/loss/derivatives.ts';
import { plainLoss } from '../helpers/loss/plain-loss.ts';

const FORMS = ['interpolated', 'termwise', 'quality'] as const;
const ALPHA = { positive: 0.25, negative: 0.75 };

test('gradient and Hessian are the derivatives of loss and gradient, in all three forms', () => {
  for (const form of FORMS) {
    for (const gamma of [0, 1, 1.5, 2, 3]) {
      for (const y of [0.02, 0.3, 0.5, 0.97]) {
        // x = 0.41 is not at p = y for any of these, where |p − y| has its kink.
        for (const x of [-6, -1.2, 0.41, 5]) {
          const at = (z: number): Term => labelledTerm(fromLogit(z), smoothedLabel(y), plainLoss(gamma, ALPHA, form));
          close(
            derivative((z) => at(z).loss, x),
            at(x).gradient,
            1e-7,
            1e-10,
          );
          close(
            derivative((z) => at(z).gradient, x),
            at(x).hessian,
            1e-6,
            1e-9,
          );
        }
        for (const p of [0.1, 0.6, 0.9]) {
          const at = (q: number): Term =>
            labelledTerm(fromProbability(q, 1e-7), smoothedLabel(y), plainLoss(gamma, ALPHA, form));
          close(
            derivative((q) => at(q).loss, p, 1e-4),
            at(p).gradient,
            1e-6,
            1e-9,
          );
          close(
            derivative((q) => at(q).gradient, p, 1e-4),
            at(p).hessian,
            1e-5,
            1e-7,
          );
        }
      }
    }
  }
});

test('as a label approaches 0 or 1, every form approaches the hard one', () => {
  for (const form of FORMS) {
    for (const x of [-3, 0.5, 4]) {
      for (const [y, hard] of [
        [1e-13, 0],
        [1 - 1e-13, 1],
      ] as const) {
        const soft = labelledTerm(fromLogit(x), smoothedLabel(y), plainLoss(2, ALPHA, form));
        const limit = labelledTerm(fromLogit(x), smoothedLabel(hard), plainLoss(2, ALPHA, form));
        close(soft.loss, limit.loss, 1e-5);
        close(soft.gradient, limit.gradient, 1e-5);
      }
    }
  }
});

test('quality: at p = y the loss and its derivatives are finite', () => {
  for (const gamma of [0, 1, 1.5, 2, 3]) {
    for (const value of Object.values(
      labelledTerm(fromLogit(0), smoothedLabel(0.5), plainLoss(gamma, ALPHA, 'quality')),
    )) {
      assert.ok(Number.isFinite(value));
    }
  }
});

test('quality: at p = y the curvature is 2 p′² C for gamma 2', () => {
  const quality = plainLoss(2, { positive: 1, negative: 1 }, 'quality');
  const { loss, gradient, hessian } = labelledTerm(fromLogit(0), smoothedLabel(0.5), quality);
  assert.equal(loss, 0);
  assert.equal(gradient, 0);
  close(hessian, Math.LN2 / 8, 1e-12);
});

test('with a large gamma, a label within rounding of p still counts: log u is computed from 1 − u', () => {
  const weights = { positive: 1, negative: 1 };
  for (const form of ['interpolated', 'quality'] as const) {
    // y = 1e-20 and q = e^−50: 1 − u = y + q, up to their product.
    const { loss } = labelledTerm(fromLogit(50), smoothedLabel(1e-20), plainLoss(1e20, weights, form));
    close(loss, Math.exp(-1e20 * (1e-20 + Math.exp(-50))) * 50, 1e-12);
  }
});

test('quality: a label and a prediction that are both just below 1 are distinguished', () => {
  // y = 1 − 1e-12 and q = e^−20: |y − p| = |q − 1e-12|.
  const { loss } = labelledTerm(
    fromLogit(20),
    smoothedLabel(1 - 1e-12),
    plainLoss(1, { positive: 1, negative: 1 }, 'quality'),
  );
  const c = Math.log1p(Math.exp(-20)) + 1e-12 * 20;
  close(loss, (1 / (1 + Math.exp(20)) - 1e-12) * c, 1e-4);
});

test('a label may be so small that the inverse of it is infinite', () => {
  for (const form of FORMS) {
    for (const y of [5e-324, 1e-310, 1e-200]) {
      for (const gamma of [0, 1e-30, 0.3, 1, 2]) {
        if (form === 'quality' && gamma > 0 && gamma < 1) continue;
        for (const x of [0, -500, -1e4, -3e38, 3e38]) {
          const { loss, gradient, hessian } = labelledTerm(
            fromLogit(x),
            smoothedLabel(y),
            plainLoss(gamma, ALPHA, form),
          );
          assert.ok([loss, gradient, hessian].every(Number.isFinite), `${form}, ${y}, gamma ${gamma}, ${x}`);
        }
      }
    }
  }
});
