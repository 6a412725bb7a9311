import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Batch } from '../../src/loss/batch.ts';
import type { Output } from '../../src/loss/options.ts';
import { sampleBatch } from '../../src/loss/warnings/batch-sample.ts';
import { MISTAKES } from '../helpers/loss/warnings/mistaken-batches.ts';
import { RandomSource } from '../helpers/loss/warnings/random-source.ts';
import { saneBatch } from '../helpers/loss/warnings/sane-batches.ts';
import { batchOfGenerated, warningsOf } from '../helpers/loss/warnings/warnings-of.ts';

const BATCHES = 300;
const OF_LOGITS = ['softmax_logits_under_sigmoid', 'loss_of_one_element'];

/** Warnings that the sums of the breakdown may decide, or else each logit. */
function decided(batch: Batch, outputs: readonly Output[]): string[] {
  return warningsOf({ ...batch, outputs }).filter((code) => OF_LOGITS.includes(code));
}

test('small batches have the same warnings whether the sums of the classes decide or each logit', (t) => {
  const random = new RandomSource(5);
  const mistaken = Object.values(MISTAKES).filter(({ code }) => OF_LOGITS.includes(code));
  const makers = [
    () => batchOfGenerated(saneBatch(random)),
    ...mistaken.map(
      ({ make }) =>
        () =>
          make(random),
    ),
  ];
  let compared = 0;
  let warned = 0;
  for (let i = 0; i < BATCHES; i++) {
    const batch = makers[i % makers.length]!();
    if (!sampleBatch(batch)?.isWhole) continue;
    const fromSums = decided(batch, ['loss', 'per_class']);
    assert.deepEqual(fromSums, decided(batch, ['loss']));
    compared++;
    if (fromSums.length > 0) warned++;
  }
  t.diagnostic(`${compared} batches, ${warned} with warnings`);
  assert.ok(compared > BATCHES / 2 && warned > BATCHES / 10);
});
