import assert from 'node:assert/strict';
import { test } from 'node:test';
import { DTYPE_BYTES, type Dtype } from '../../../src/codecs/dtype.ts';
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
  const dense = { ...LABELS, dtype: 'F32', shape: [1000, 80] } as const;
  assert.ok(bytesToCheck(writtenFile([logits('F32'), dense], {}))! >= 4 * 80_000);
});

test('labels of 8 bits for each prediction, which are only scanned, count an eighth, unless they are read otherwise', () => {
  const labelBytes = (dtype: Dtype, metadata: Record<string, string> = {}, shape: readonly number[] = [1000, 80]) => {
    const file = writtenFile([logits('F32', shape), { ...LABELS, dtype, shape }], metadata);
    const classes = shape.length === 1 ? 1 : 80;
    const labels = 80_000 * DTYPE_BYTES[dtype];
    return (bytesToCheck(file)! - (file.length - labels - 4 * 80_000) - 32 * classes) / labels;
  };
  const forms = [
    {},
    { activation: 'sigmoid', normalizer: 'positives', alpha: '0.5' },
    { activation: '"sigmoid"', normalizer: '"elements"', ignore_index: '255' },
  ];
  for (const dtype of ['U8', 'I8', 'BOOL'] as const) {
    for (const metadata of forms) assert.equal(labelBytes(dtype, metadata), 1 / 8, JSON.stringify(metadata));
  }
  assert.equal(labelBytes('U8', {}, [80_000]), 1 / 8);
  assert.equal(labelBytes('I16'), 1);
  for (const [name, text] of [
    ['activation', 'softmax'],
    ['activation', '"\\u0073oftmax"'],
    ['normalizer', 'samples'],
    ['normalizer', 'weights'],
    ['ignore_index', '0'],
    ['ignore_index', '1e0'],
    ['background_index', '1'],
    ['alpha', ' {"balanced":true}'],
    ['alphas', '[{"balanced":true}]'],
  ] as const) {
    const alphas = name === 'alphas' ? (32 * 80 * Math.ceil(text.length / 2)) / 80_000 : 0;
    assert.equal(labelBytes('U8', { [name]: text }), 1 + alphas, `${name}: ${text}`);
  }
  const indices = writtenFile([logits('F32'), { ...LABELS, dtype: 'U8' }], {});
  assert.equal(bytesToCheck(indices), indices.length - 4 * 80_000 + 32 * 80);
  const oneClass = writtenFile([logits('F32', [8000, 1]), { ...LABELS, dtype: 'U8', shape: [8000] }], {});
  assert.equal(bytesToCheck(oneClass), oneClass.length - 5 * 8000 + 1000 + 32);
});

test('the classes are those of the class axis, and one where there is none', () => {
  const labels = { ...LABELS, shape: [2] };
  const classesOf = (metadata: Record<string, string>) => {
    const file = writtenFile([logits('F32', [3000, 2]), labels], metadata);
    return (bytesToCheck(file)! - (file.length - 4 * 6000)) / 32;
  };
  assert.deepEqual([classesOf({}), classesOf({ class_axis: '-1' }), classesOf({ class_axis: '0' })], [2, 2, 3000]);
  const binary = writtenFile([logits('F32', [3000]), { ...LABELS, shape: [3000] }], {});
  assert.equal(bytesToCheck(binary), binary.length - 4 * 3000 + 32);
});

test('probabilities are viewed as logits are', () => {
  const file = (name: string) => bytesToCheck(writtenFile([{ ...logits('F32'), name }, LABELS], {}));
  // The header is longer by the name, and padded to a multiple of 8.
  assert.equal(file('probabilities')! - file('logits')!, 8);
});

test('each α of a sweep counts as the options of a class do', () => {
  const perClass = (alphas: number[]) => {
    const file = writtenFile([logits('F32'), LABELS], { alphas: JSON.stringify(alphas), gammas: '[0,2]' });
    return (bytesToCheck(file)! - (file.length - 4 * 80_000)) / (32 * 80);
  };
  assert.ok(perClass(new Array(100).fill(1)) > 100);
  assert.ok(perClass([0.25, 0.5]) < 10);
});

test('it cannot be told of logits that are converted or not aligned, a class axis that is none or a long header', () => {
  assert.equal(bytesToCheck(writtenFile([logits('F32'), LABELS], { class_axis: '2' })), undefined);
  assert.equal(bytesToCheck(writtenFile([logits('I32'), LABELS], {})), undefined);
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
