import assert from 'node:assert/strict';
import { test } from 'node:test';
import { focalTerm } from '../../src/loss/focal-term.ts';
import { complement, fromLogit, fromProbability, softplus } from '../../src/loss/log-probabilities.ts';
import { close, derivative } from '../helpers/loss/derivatives.ts';

const GAMMAS = [0, 0.25, 0.5, 1, 1.5, 2, 3, 5, 10];
const LOGITS = [-30, -8, -2.5, -0.3, 0, 0.7, 3, 9, 30];

test('gamma 0 is cross-entropy, at every logit', () => {
  for (const x of [...LOGITS, -1e4, 1e4, 3e38, -3e38]) close(focalTerm(fromLogit(x), 0).loss, softplus(-x), 0);
});

test('p_t = 0.9 weighs exactly 1/100 of cross-entropy at gamma 2', () => {
  const logProbs = fromProbability(0.9, 1e-7);
  close(focalTerm(logProbs, 2).loss / focalTerm(logProbs, 0).loss, 0.01, 1e-14);
});

test('gradient and Hessian are the derivatives of loss and gradient', () => {
  for (const gamma of GAMMAS) {
    for (const x of LOGITS) {
      const term = focalTerm(fromLogit(x), gamma);
      const scale = Math.exp(-gamma * softplus(x));
      close(
        derivative((z) => focalTerm(fromLogit(z), gamma).loss, x),
        term.gradient,
        1e-8,
        1e-10 * scale,
      );
      close(
        derivative((z) => focalTerm(fromLogit(z), gamma).gradient, x),
        term.hessian,
        1e-8,
        1e-9 * scale,
      );
    }
  }
});

test('gradient and Hessian are the derivatives with respect to a probability as well', () => {
  for (const gamma of GAMMAS) {
    for (const p of [0.05, 0.3, 0.5, 0.9]) {
      const term = focalTerm(fromProbability(p, 1e-7), gamma);
      const at = (q: number) => focalTerm(fromProbability(q, 1e-7), gamma);
      close(
        derivative((q) => at(q).loss, p, 1e-4),
        term.gradient,
        1e-7,
      );
      close(
        derivative((q) => at(q).gradient, p, 1e-4),
        term.hessian,
        1e-6,
      );
    }
  }
});

test('a negative label at x is a positive label at −x', () => {
  for (const x of LOGITS) {
    const negative = focalTerm(complement(fromLogit(x)), 2);
    const positive = focalTerm(fromLogit(-x), 2);
    assert.deepEqual(
      [negative.loss, negative.gradient, negative.hessian],
      [positive.loss, -positive.gradient, positive.hessian],
    );
  }
});

test('nothing overflows or turns into NaN, for any finite logit and any gamma', () => {
  for (const x of [0, 1e-45, 18, 88.7, 104, 745, 1e4, 3.4028234663852886e38].flatMap((x) => [x, -x])) {
    for (const gamma of [...GAMMAS, 1e-30, 1e6, 3.4e38]) {
      for (const value of Object.values(focalTerm(fromLogit(x), gamma))) assert.ok(Number.isFinite(value));
    }
  }
});

test('a probability of 0 or 1 is clamped, and the gradient is that at the clamped value', () => {
  const atZero = focalTerm(fromProbability(0, 1e-7), 0);
  close(atZero.loss, -Math.log(1e-7), 1e-15);
  close(atZero.gradient, -1e7, 1e-15);
  // 1 − ε rounds to 1 here, and log q is log ε all the same.
  close(focalTerm(complement(fromProbability(1, 1e-30)), 0).loss, -Math.log(1e-30), 1e-15);
});
