import assert from 'node:assert/strict';
import { test } from 'node:test';
import { perClassTensors, placeTensors, totalTensorBytes } from '../../src/codecs/response-tensors.ts';
import { writeSummaryTensors } from '../../src/codecs/summary-tensors.ts';
import type { Batch } from '../../src/loss/batch.ts';
import { SUMS_PER_CLASS } from '../../src/loss/class-sums.ts';
import { optionsSchema } from '../../src/loss/options.ts';
import { prepareBatch } from '../../src/loss/prepare-batch.ts';
import { summarize } from '../../src/loss/summarize.ts';

const CLASSES = 3;
const prepared: Batch = prepareBatch(optionsSchema.parse({ alpha: { balanced: true } }), {
  source: 'logits',
  predictions: { format: 'F32', shape: [2, CLASSES], values: new Float32Array(2 * CLASSES) },
  labels: { shape: [2], values: Int32Array.of(0, 2) },
  alpha: { balanced: true },
});
// So many samples that counts need more than 32 bits.
const batch = { ...prepared, counts: { ...prepared.counts, samples: 2 ** 36 } };
const sums = Float64Array.from({ length: CLASSES * SUMS_PER_CLASS }, (_, i) =>
  i % 7 === 4 ? 2 ** 33 + i : i % 7 === 5 ? i : i / 7,
);

function place(buffer: SharedArrayBuffer, names?: readonly string[]) {
  const tensors = perClassTensors(batch).filter(({ name }) => names?.includes(name) ?? true);
  return placeTensors(tensors, new Uint8Array(buffer, buffer.byteLength - totalTensorBytes(tensors)));
}

test('the breakdown is computed where its tensors are: counts as int64, all else as float64', () => {
  const expected = summarize(batch, { sums }).per_class!;
  const buffer = new SharedArrayBuffer(8 * CLASSES * 21);
  const tensors = place(buffer);
  const { per_class: columns } = writeSummaryTensors(batch, { sums }, tensors);
  for (const column of Object.values(columns!)) assert.equal(column.buffer, buffer);
  for (const { name, dtype, bytes } of tensors) {
    const { byteOffset } = bytes;
    const numbers = name === 'alpha' ? batch.schemeAlpha! : expected[name.slice(10) as keyof typeof expected];
    const written =
      dtype === 'I64'
        ? Array.from(new BigInt64Array(buffer, byteOffset, CLASSES), Number)
        : [...new Float64Array(buffer, byteOffset, CLASSES)];
    assert.deepEqual(written, [...numbers!], name);
  }
});

test('columns that are no tensors are in memory of their own', () => {
  const expected = summarize(batch, { sums }).per_class!;
  const buffer = new SharedArrayBuffer(8 * CLASSES);
  const tensors = place(buffer, ['per_class.loss.share']);
  const { per_class: columns } = writeSummaryTensors(batch, { sums }, tensors);
  assert.deepEqual([...new Float64Array(buffer)], [...expected['loss.share']]);
  assert.notEqual(columns!.positives.buffer, buffer);
  assert.deepEqual(columns!.positives, expected.positives);
});
