import assert from 'node:assert/strict';
import { test } from 'node:test';
import { emptyEvaluation } from '../../src/loss/evaluation.ts';
import { optionsSchema } from '../../src/loss/options.ts';
import { prepareBatch } from '../../src/loss/prepare-batch.ts';
import { evaluateReference } from '../../src/loss/reference.ts';
import { summarizeClasses } from '../../src/loss/sweep-summary.ts';

test('classes of a sweep: each label is a positive, a negative or ignored, and the cross-entropy is that of the rest', () => {
  const batch = prepareBatch(optionsSchema.parse({ class_names: ['a', 'b'], reduction: 'sum' }), {
    source: 'logits',
    predictions: { format: 'F32', shape: [4, 2], values: new Float32Array(8) },
    labels: { shape: [4, 2], values: Float64Array.of(1, -100, 0, 0, 1, 1, 0, -100) },
  });
  const { sums } = evaluateReference(
    batch,
    emptyEvaluation(batch, (length) => new Float64Array(length)),
  );
  const { classes, cross_entropy } = summarizeClasses(batch, sums);
  assert.deepEqual(classes, [
    { class: 0, name: 'a', positives: 2, negatives: 2, ignored: 0 },
    { class: 1, name: 'b', positives: 1, negatives: 1, ignored: 2 },
  ]);
  assert.ok(Math.abs(cross_entropy - 6 * Math.LN2) < 1e-15 * 8, `${cross_entropy}`);
});
