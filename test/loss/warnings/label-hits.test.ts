import assert from 'node:assert/strict';
import { test } from 'node:test';
import { classOf, labelHits } from '../../../src/loss/warnings/label-hits.ts';

// The largest logits are those of the classes 0, 1, 2, 0.
const PREDICTIONS = Float32Array.of(3, 1, 2, -1, 0, -2, 0, 0, 1, 5, 4, 4.5);
const sampleOf = (labels: Int32Array | Float32Array) => ({
  samples: 4,
  classes: 3,
  predictions: PREDICTIONS,
  labels,
  isWhole: true,
});

test('the accuracy, and the part of the most frequent class', () => {
  assert.deepEqual(labelHits(sampleOf(Int32Array.of(0, 1, 2, 0)), 0), { accuracy: 1, majority: 0.5 });
  assert.deepEqual(labelHits(sampleOf(Int32Array.of(0, 1, 2, 1)), 0), { accuracy: 0.75, majority: 0.5 });
});

test('an accuracy that is not above the majority by enough is none', () => {
  assert.notEqual(labelHits(sampleOf(Int32Array.of(0, 1, 2, 1)), 0.25), undefined);
  assert.equal(labelHits(sampleOf(Int32Array.of(0, 1, 2, 1)), 0.26), undefined);
  assert.equal(labelHits(sampleOf(Int32Array.of(0, 0, 0, 0)), 0.01), undefined);
});

test('one of several equal logits is the largest', () => {
  const sample = { ...sampleOf(Int32Array.of(0, 1, 2, 0)), predictions: new Float32Array(12) };
  assert.equal(labelHits(sample, 0)?.accuracy, 1);
});

test('a sample has a class if its labels are an index or one-hot', () => {
  const dense = Float32Array.of(0, 1, 0, 1, 0, 1, 0, 0, 0, 0.5, 0, 0);
  assert.deepEqual(
    [0, 1, 2, 3].map((row) => classOf(sampleOf(dense), row)),
    [1, -1, -1, -1],
  );
  assert.equal(labelHits(sampleOf(dense), 0), undefined);
  assert.ok(labelHits(sampleOf(Int32Array.of(-100, 0, 0, 0)), 0) === undefined);
});
