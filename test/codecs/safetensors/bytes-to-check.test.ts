import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Dtype } from '../../../src/codecs/dtype.ts';
import { bytesToCheck } from '../../../src/codecs/safetensors/bytes-to-check.ts';
import { fileWith, writtenFile } from '../../helpers/codecs/safetensors-file.ts';

const LABELS = { name: 'labels', dtype: 'I64', shape: [1000] } as const;

function logits(dtype: Dtype, shape: readonly number[] = [1000, 80]) {
  return { name: 'logits', dtype, shape };
}

test('logits that are viewed do not count; labels, weights, the header and classes do', () => {
  for (const [dtype, size] of [
    ['F64', 8],
    ['F32', 4],
    ['BF16', 2],
  ] as const) {
    const file = writtenFile([logits(dtype), LABELS], {});
    assert.equal(bytesToCheck(file), file.length - size * 80_000 + 32 * 80);
  }
  const labelled = bytesToCheck(writtenFile([logits('F32'), LABELS], {}))!;
  const weights = { name: 'sample_weights', dtype: 'F32', shape: [1000] } as const;
  assert.ok(bytesToCheck(writtenFile([logits('F32'), LABELS, weights], {}))! >= labelled + 4000);
  const dense = { ...LABELS, dtype: 'U8', shape: [1000, 80] } as const;
  assert.ok(bytesToCheck(writtenFile([logits('F32'), dense], {}))! >= 80_000);
});

test('the classes are those of the class axis', () => {
  const labels = { ...LABELS, shape: [2] };
  const classesOf = (metadata: Record<string, string>) => {
    const file = writtenFile([logits('F32', [3000, 2]), labels], metadata);
    return (bytesToCheck(file)! - (file.length - 4 * 6000)) / 32;
  };
  assert.deepEqual([classesOf({}), classesOf({ class_axis: '-1' }), classesOf({ class_axis: '0' })], [2, 2, 3000]);
});

test('each α of a sweep counts as the options of a class do', () => {
  const perClass = (alphas: number[]) => {
    const file = writtenFile([logits('F32'), LABELS], { alphas: JSON.stringify(alphas), gammas: '[0,2]' });
    return (bytesToCheck(file)! - (file.length - 4 * 80_000)) / (32 * 80);
  };
  assert.ok(perClass(new Array(100).fill(1)) > 100);
  assert.ok(perClass([0.25, 0.5]) < 10);
});

test('it cannot be told of probabilities, logits that are not aligned, a class axis that is none or a long header', () => {
  const probabilities = { ...logits('F32'), name: 'probabilities' };
  assert.equal(bytesToCheck(writtenFile([probabilities, LABELS], {})), undefined);
  assert.equal(bytesToCheck(writtenFile([logits('F32'), LABELS], { class_axis: '2' })), undefined);
  assert.equal(bytesToCheck(writtenFile([logits('F32'), LABELS], { class_names: ' '.repeat(4096) })), undefined);
  // Whatever the length of the header, the logits are aligned behind one of four lengths of labels.
  const behind = [4, 5, 6, 7].map((length) => {
    const end = length + 24;
    const header = {
      labels: { dtype: 'U8', shape: [length], data_offsets: [0, length] },
      logits: { dtype: 'F32', shape: [3, 2], data_offsets: [length, end] },
    };
    return bytesToCheck(fileWith(JSON.stringify(header), Buffer.alloc(end)));
  });
  assert.equal(behind.filter((bytes) => bytes === undefined).length, 3);
});
