import assert from 'node:assert/strict';
import { test } from 'node:test';
import { optionsSchema } from '../../src/loss/options.ts';
import { prepareBatch } from '../../src/loss/prepare-batch.ts';
import { findWarnings } from '../../src/loss/warnings/find-warnings.ts';

// Warnings are decided in the thread of the HTTP server, which may not look through all of a large batch.

const CLASSES = 4;
/** That of a class in `ClassSums`, and where the count of its positives is. */
const SUMS_PER_CLASS = 14;
const POSITIVE_COUNT = 4;

function warned(samples: number, outputs: string[], isSummed = true, zeros: readonly number[] = []): string[] {
  const labels = Int32Array.from({ length: samples }, (_, i) => 1 + ((i * 7919) % 3));
  for (const at of zeros) labels[at] = 0;
  const batch = prepareBatch(optionsSchema.parse({ outputs }), {
    source: 'logits',
    predictions: { format: 'F32', shape: [samples, CLASSES], values: new Float32Array(samples * CLASSES) },
    labels: { shape: [samples], values: labels },
  });
  const sums = new Float64Array(CLASSES * SUMS_PER_CLASS);
  if (outputs.includes('per_class')) sums[POSITIVE_COUNT] = zeros.length;
  return findWarnings(batch, isSummed ? { sums, loss: 1 } : undefined).map(({ code }) => code);
}

test('of more than 2^20 class indices, those of class 0 are counted by the breakdown, or nothing is said', () => {
  const few = 2 ** 20;
  const many = few + 1;
  const code = 'class_never_labelled';
  assert.deepEqual([warned(few, ['loss']), warned(few, ['loss'], true, [few - 2])], [[code], []]);
  assert.deepEqual([warned(many, ['per_class']), warned(many, ['per_class'], true, [many - 2])], [[code], []]);
  assert.deepEqual([warned(many, ['loss']), warned(many, ['loss', 'per_class'], false)], [[], []]);
});

test('whether all weights are 0 is known from the largest, which is found where they are checked', () => {
  const batchOf = (...weights: number[]) =>
    prepareBatch(optionsSchema.parse({}), {
      source: 'logits',
      predictions: { format: 'F32', shape: [3], values: Float32Array.of(1, -2, 3) },
      labels: { shape: [3], values: Int32Array.of(1, 0, 1) },
      sample_weights: { shape: [3], values: Float64Array.from(weights) },
    });
  assert.deepEqual([batchOf(0, 2.5, 1).maxSampleWeight, batchOf(0, 0, 0).maxSampleWeight], [2.5, 0]);
  const { sampleWeights: _, ...batch } = batchOf(0, 0, 0);
  assert.equal(findWarnings(batch, undefined)[0]?.code, 'everything_ignored');
});
