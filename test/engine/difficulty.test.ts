import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { wasmBackend } from '../../src/engine/backends/wasm/wasm-backend.ts';
import { summarize } from '../../src/loss/summarize.ts';
import { logitsBatch, referenceEvaluation, run } from '../helpers/engine/batches.ts';
import { conforms } from '../helpers/engine/conformance.ts';
import { difficultyBatches } from '../helpers/engine/difficulty-batches.ts';
import { ofFewElements, TOLERANCES } from '../helpers/engine/tolerance.ts';

await wasmBackend.start();
const candidate = { evaluate: run, tolerance: ofFewElements(TOLERANCES.wasm) };

test('bins match the reference for every layout, kind of label and edge', async () => {
  for (const { name, batch } of difficultyBatches()) {
    assert.ok((await run(batch)).bins, name);
    await conforms(candidate, batch, name, ['gradients', 'hessian']);
  }
});

test('difficulty comes only where it is requested', async () => {
  const batch = logitsBatch([2, 2], [1, 2, 3, 4], [2], [0, 1]);
  assert.equal((await run(batch)).bins, undefined);
  assert.equal(summarize(batch, await run(batch)).difficulty, undefined);
});

test('elements are in the bin of their p_t, an edge in the upper one, and 1 in the last', () => {
  const logits = [0, 0, 100, -100, Math.log(0.24 / 0.76)];
  const batch = logitsBatch([5], logits, [5], [1, 0, 1, 1, 0], {}, { outputs: ['difficulty'] });
  const { difficulty } = summarize(batch, referenceEvaluation(batch));
  assert.deepEqual(filled(difficulty!.positives.counts), { 0: 1, 10: 1, 19: 1 });
  assert.deepEqual(filled(difficulty!.negatives.counts), { 10: 1, 15: 1 });
});

test('softmax books the loss on the true class and the gradient on all', () => {
  const options = { activation: 'softmax', outputs: ['difficulty'] };
  const batch = logitsBatch([1, 3], [2, 0, -1], [1], [0], {}, options);
  const { positives, negatives } = summarize(batch, referenceEvaluation(batch)).difficulty!;
  assert.deepEqual(filled(positives.counts), { 16: 1 });
  assert.deepEqual(filled(positives.loss!), { 16: 1 });
  assert.deepEqual(filled(negatives.counts), { 17: 1, 19: 1 });
  assert.deepEqual([negatives.loss, negatives.cross_entropy], [null, null]);
  assert.deepEqual(Object.keys(filled(negatives.gradient_l1!)), ['17', '19']);
});

const elements = fc.array(
  fc.record({
    logit: fc.double({ min: -50, max: 50, noNaN: true }),
    label: fc.constantFrom(0, 1, 0.3, 0.5, -100),
  }),
  { minLength: 1, maxLength: 40 },
);

test('counts add up to the counts, and shares to 1', async () => {
  await fc.assert(
    fc.asyncProperty(elements, fc.constantFrom('interpolated', 'termwise', 'quality'), async (drawn, soft_labels) => {
      const shape = [drawn.length];
      const logits = drawn.map(({ logit }) => logit);
      const labels = drawn.map(({ label }) => label);
      const batch = logitsBatch(shape, logits, shape, labels, {}, { soft_labels, outputs: ['difficulty'] });
      const { difficulty, counts } = summarize(batch, await run(batch));
      const { positives, negatives } = difficulty!;
      assert.equal(sum(positives.counts), counts.positives);
      assert.equal(sum(negatives.counts), counts.elements - counts.ignored - counts.positives);
      for (const side of [positives, negatives]) {
        for (const shares of [side.cross_entropy, side.loss, side.gradient_l1]) {
          if (shares) assert.ok(Math.abs(sum(shares) - 1) < 1e-12);
        }
      }
    }),
  );
});

test('without focusing and alpha, the loss is spread as the cross-entropy is', async () => {
  const options = { soft_labels: 'termwise', outputs: ['difficulty'] };
  const logits = Array.from({ length: 300 }, (_, i) => Math.sin(i * 1.7) * 6);
  const labels = logits.map((_, i) => [0, 1, 0.3, 0.9][i % 4]!);
  const batch = logitsBatch([300], logits, [300], labels, { gamma: 0, alpha: null }, options);
  const { positives, negatives } = summarize(batch, await run(batch)).difficulty!;
  for (const { loss, cross_entropy } of [positives, negatives]) {
    for (const [bin, share] of loss!.entries()) assert.ok(Math.abs(share - cross_entropy![bin]!) < 1e-9);
  }
});

/** What is not 0, by its index. */
function filled(numbers: readonly number[]): Record<number, number> {
  return Object.fromEntries([...numbers.entries()].filter(([, value]) => value !== 0));
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
