import assert from 'node:assert/strict';
import { test } from 'node:test';
import { DIFFERENTIATED, focalTerm } from '../../src/loss/focal-term.ts';
import { fromLogit } from '../../src/loss/log-probabilities.ts';
import { logSoftmax, softmaxTerms } from '../../src/loss/softmax-terms.ts';
import { close, derivative } from '../helpers/loss/derivatives.ts';

const LOGITS = [0.3, -1.1, 2, 0.9];
const SOFT = [0.1, 0.2, 0.55, 0.15];

function terms(logits: readonly number[], weights: readonly number[], gamma: number | number[]) {
  const gammas = Float64Array.from(weights, (_, c) => (typeof gamma === 'number' ? gamma : gamma[c]!));
  const termWeights = { focal: Float64Array.from(weights), poly: new Float64Array(weights.length) };
  return softmaxTerms(logSoftmax(Float64Array.from(logits)), termWeights, gammas, DIFFERENTIATED);
}

function total(values: Float64Array): number {
  return values.reduce((sum, value) => sum + value, 0);
}

test('two classes are the sigmoid of the difference', () => {
  for (const x of [-800, -30, -3, 0, 0.5, 30, 800]) {
    for (const gamma of [0, 0.5, 2]) {
      const softmax = terms([x, 0], [1, 0], gamma);
      const sigmoid = focalTerm(fromLogit(x), gamma);
      close(total(softmax.loss), sigmoid.loss, 1e-13);
      close(softmax.gradient[0]!, sigmoid.gradient, 1e-13);
      close(softmax.hessian[1]!, sigmoid.hessian, 1e-12);
    }
  }
});

test('the gradients of a row add up to 0', () => {
  for (const weights of [[0, 0, 1, 0], SOFT]) {
    for (const gamma of [0, 0.5, 1.7, 5]) {
      const { gradient } = terms(LOGITS, weights, gamma);
      assert.ok(Math.abs(total(gradient)) < 1e-15);
    }
  }
});

test('gradient and Hessian are the derivatives of loss and gradient, for hard and soft labels', () => {
  for (const weights of [[1, 0, 0, 0], [0, 0, 1, 0], SOFT, [0.25, 0.5, 2, 4]]) {
    for (const gamma of [0, 0.5, 2, [0, 1, 2, 3.5]]) {
      LOGITS.forEach((logit, j) => {
        const moved = (z: number) => terms(LOGITS.with(j, z), weights, gamma);
        const { gradient, hessian } = moved(logit);
        close(
          derivative((z) => total(moved(z).loss), logit),
          gradient[j]!,
          1e-8,
          1e-11,
        );
        close(
          derivative((z) => moved(z).gradient[j]!, logit),
          hessian[j]!,
          1e-8,
          1e-10,
        );
      });
    }
  }
});

test('log q of the largest class is exact even where q underflows', () => {
  const { logP, logQ, argmax } = logSoftmax(Float64Array.of(1000, -500, -501));
  assert.equal(argmax, 0);
  assert.equal(logP[0], 0);
  close(logQ[0]!, -1500 + Math.log1p(Math.exp(-1)), 1e-15);
});

test('nothing overflows or turns into NaN, however far the logits are apart', () => {
  for (const logits of [
    [3e38, -3e38, 0],
    [0, 0, 0],
    [-745, 0, 745],
    [1e-45, -1e-45, 0],
  ]) {
    for (const weights of [
      [1, 0, 0],
      [0, 0, 1],
      [0.2, 0.3, 0.5],
    ]) {
      for (const gamma of [0, 0.25, 1, 2, 10, 3.4e38]) {
        for (const values of Object.values(terms(logits, weights, gamma))) assert.ok(values.every(Number.isFinite));
      }
    }
  }
});

test('a single class has no loss and no gradient', () => {
  for (const gamma of [0, 2]) {
    const { loss, gradient, hessian } = terms([5], [1], gamma);
    assert.deepEqual([total(loss), total(gradient), total(hessian)].map(Math.abs), [0, 0, 0]);
  }
});
