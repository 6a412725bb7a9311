import assert from 'node:assert/strict';
import { test } from 'node:test';
import { KernelRates } from '../../src/engine/kernel-rates.ts';
import { logitsBatch } from '../helpers/engine/batches.ts';

const batch = logitsBatch([4, 1], [1, 2, 3, 4], [4], [0, 0, 0, 0], {}, { outputs: ['loss'] });
const ELEMENTS = 2 ** 20;

test('estimates follow what was measured', () => {
  const rates = new KernelRates();
  for (let i = 0; i < 3; i++) rates.observe(batch, ELEMENTS, ELEMENTS / 1e6);
  assert.ok(Math.abs(rates.estimate(batch, 1e6) - 1) < 1e-9);
});

test('a fast sweep does not make the slices of the next one, which may be slow, longer than with 4 ns per evaluation', () => {
  const rates = new KernelRates();
  const sweep = { ...batch, gradientSquares: true };
  for (let i = 0; i < 3; i++) rates.observe(sweep, ELEMENTS, (0.5 * ELEMENTS) / 1e6, true);
  assert.equal(rates.estimate(sweep, 1e6, true), 4);
});

test('nor with 12 ns if labels may be soft, which take longer with few gammas, and are measured apart', () => {
  const rates = new KernelRates();
  const sweep = { ...batch, gradientSquares: true };
  rates.observe(sweep, ELEMENTS, (30 * ELEMENTS) / 1e6, true);
  rates.observe(sweep, ELEMENTS, (2 * ELEMENTS) / 1e6);
  assert.equal(rates.estimate(sweep, 1e6), 12);
  assert.equal(rates.estimate(sweep, 1e6, true), 30);
});

test('likewise under softmax, whose labels are hard if they are class indices without smoothing', () => {
  const rates = new KernelRates();
  const softmax = { activation: 'softmax', outputs: [] };
  const ofIndices = { ...logitsBatch([2, 2], [1, 2, 3, 4], [2], [0, 1], {}, softmax), gradientSquares: true };
  const smoothed = { ...ofIndices, labelSmoothing: 0.1 };
  for (const batch of [ofIndices, smoothed]) rates.observe(batch, ELEMENTS, ELEMENTS / 1e6);
  assert.equal(rates.estimate(ofIndices, 1e6), 4);
  assert.equal(rates.estimate(smoothed, 1e6), 12);
});

test('and so are probabilities, whatever their labels are', () => {
  const rates = new KernelRates();
  const sweep = { ...batch, source: 'probabilities', gradientSquares: true } as const;
  rates.observe(sweep, ELEMENTS, ELEMENTS / 1e6, true);
  assert.equal(rates.estimate(sweep, 1e6, true), 12);
});
