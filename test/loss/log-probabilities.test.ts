import assert from 'node:assert/strict';
import { test } from 'node:test';
import { softplus } from '../../src/loss/log-probabilities.ts';
import { close } from '../helpers/loss/derivatives.ts';

const EPS = Number.EPSILON;

// Expected values from 60-digit arithmetic.

test('if x ≪ 0, softplus is eˣ and not 0', () => {
  close(softplus(-37), 8.533047625744066e-17, 2 * EPS);
  close(softplus(-13), 2.2603268524403896e-6, 2 * EPS);
  close(softplus(-700), 9.85967654375977e-305, 2 * EPS);
});

test('around 0, softplus is log 2 + x/2', () => {
  close(softplus(0), Math.LN2, EPS);
  close(softplus(1e-9), 0.6931471810599453, 2 * EPS);
});

test('if x ≫ 0, softplus is x', () => {
  close(softplus(20), 20.000000002061153, EPS);
  for (const x of [40, 1e4, 3.4e38]) assert.equal(softplus(x), x);
});
