import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import type { BatchFile } from '../../../src/explorer/batch-files/batch-file.ts';
import { readNpy } from '../../../src/explorer/batch-files/npy-array.ts';
import { openBatchFiles } from '../../../src/explorer/batch-files/open-batch-files.ts';
import type { AskUser } from '../../../src/explorer/batch-files/question.ts';
import { type ReadFile, readTensorFile } from '../../helpers/tensor-file.ts';

// Files of NumPy, written by test/fixtures/make-numpy.py: four samples of three classes.

const LOGITS = Array.from({ length: 12 }, (_, i) => (i - 6) / 2);
const LABELS = [0, 1, 2, 1];

const noQuestion: AskUser = () => assert.fail('no question is expected');

function bytesOf(name: string): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(readFileSync(new URL(`../../fixtures/numpy/${name}`, import.meta.url)));
}

async function open(names: readonly string[], ask: AskUser = noQuestion): Promise<BatchFile> {
  return openBatchFiles(
    names.map((name) => new File([bytesOf(name)], name)),
    ask,
  );
}

async function sent(file: BatchFile): Promise<ReadFile> {
  assert.equal(file.type, 'application/vnd.safetensors');
  return readTensorFile(Buffer.from(await (await file.body({})).arrayBuffer()));
}

test('arrays and options of savez', async () => {
  const { tensors, metadata } = await sent(await open(['stored.npz']));
  assert.deepEqual(tensors.logits, { dtype: 'F32', shape: [4, 3], values: LOGITS });
  assert.deepEqual(tensors.labels, { dtype: 'I64', shape: [4], values: LABELS.map(BigInt) });
  assert.deepEqual(metadata, { activation: 'softmax' });
});

test('arrays of savez_compressed, and options as one JSON text', async () => {
  const file = await open(['compressed.npz']);
  assert.deepEqual(file.options, { activation: 'softmax', label_smoothing: 0.1 });
  assert.deepEqual((await sent(file)).tensors.logits?.values, LOGITS);
});

test('other names, big endian, Fortran order, texts, scalars, and an array that is not sent', async () => {
  const file = await open(['names.npz']);
  const { tensors } = await sent(file);
  assert.deepEqual(tensors, {
    logits: { dtype: 'F64', shape: [4, 3], values: LOGITS },
    labels: { dtype: 'I16', shape: [4], values: LABELS },
  });
  assert.deepEqual(file.options, { class_names: ['a', 'é', '類'], label_smoothing: 0.25, warnings: false });
  assert.deepEqual(file.facts?.unused, ['extra']);
});

test('floats of 16 bits and booleans', async () => {
  const bfloat16 = (await sent(await open(['bfloat16.npz']))).tensors;
  assert.deepEqual([bfloat16.logits?.dtype, bfloat16.labels?.dtype], ['BF16', 'U8']);
  const bits = new Float32Array(new Uint32Array(bfloat16.logits!.values.map((value) => Number(value) << 16)).buffer);
  assert.deepEqual([...bits], LOGITS);
  const float16 = (await sent(await open(['float16.npz']))).tensors;
  assert.deepEqual([float16.logits?.dtype, float16.labels?.dtype], ['F16', 'BOOL']);
});

test('two arrays in files of their own', async () => {
  for (const names of [
    ['val_logits.npy', 'val_labels.npy'],
    ['val_labels.npy', 'val_logits.npy'],
  ]) {
    const { tensors } = await sent(await open(names));
    assert.deepEqual([tensors.logits?.values, tensors.labels?.values.map(Number)], [LOGITS, LABELS]);
  }
});

test('where neither names nor types tell, the user does', async () => {
  const file = await open(['unclear.npz'], async ({ fields }) => {
    assert.deepEqual(
      fields.map(({ name, values }) => [name, ...values]),
      [
        ['predictions', 'arr_0'],
        ['field', 'logits'],
        ['labels', 'arr_1'],
      ],
    );
    return { predictions: ['arr_0'], field: ['probabilities'], labels: ['arr_1'] };
  });
  assert.deepEqual(Object.keys((await sent(file)).tensors), ['probabilities', 'labels']);
});

for (const [name, message] of [
  ['object.npz', /labels to have numbers, got the type \|O: convert it by np\.asarray/],
  ['complex.npz', /logits to have numbers, got the type <c8: convert it by \.astype/],
  ['structured.npz', /labels to have one number in each place, got a structured array/],
  ['alone.npz', /two arrays, the predictions and the labels; got logits\. Save both/],
] as const) {
  test(`${name} is an error that says what to do`, () => assert.rejects(open([name]), message));
}

test('a file that is cut or damaged anywhere is an error or the same batch, and never hangs', async () => {
  for (const name of ['stored.npz', 'compressed.npz']) {
    const whole = bytesOf(name);
    for (let end = 2; end < whole.length; end += 37) {
      await assert.rejects(openBatchFiles([new File([whole.slice(0, end)], name)], noQuestion), /npz|whole|cut|ends/);
    }
    for (let at = 4; at < whole.length; at += 13) {
      const damaged = whole.slice();
      damaged[at]! ^= 0xff;
      await openBatchFiles([new File([damaged], name)], async (question) => {
        return Object.fromEntries(question.fields.map(({ name: field, values }) => [field, values]));
      }).catch((error: Error) => assert.equal(error.constructor.name, 'FileError', error.stack));
    }
  }
});

/** A file of NumPy's format 1.0, with any description of its numbers. */
function npy(descr: string, shape: string, data: Uint8Array<ArrayBuffer>): Blob {
  const header = `{'descr': '${descr}', 'fortran_order': False, 'shape': ${shape}, }\n`;
  return new Blob([Uint8Array.of(0x93), 'NUMPY', Uint8Array.of(1, 0, header.length, 0), header, data]);
}

test('texts of either byte order are read', async () => {
  for (const [order, littleEndian] of [
    ['<', true],
    ['>', false],
  ] as const) {
    const data = new DataView(new ArrayBuffer(16));
    for (const [i, letter] of [...'été'].entries()) data.setUint32(4 * i, letter.codePointAt(0)!, littleEndian);
    const array = await readNpy('class_names', npy(`${order}U2`, '(2,)', new Uint8Array(data.buffer)));
    assert.deepEqual(array, { name: 'class_names', texts: ['ét', 'é'] });
  }
});

test('a shape of more dimensions than arrays have is an error', async () => {
  const shape = `(${'1, '.repeat(33)})`;
  await assert.rejects(readNpy('logits', npy('<f4', shape, new Uint8Array(4))), /has a shape that no array has/);
});

test('an archive that states less than it holds is not decompressed further', async () => {
  const whole = bytesOf('compressed.npz');
  const view = new DataView(whole.buffer);
  const directory = whole.findLastIndex((_, i) => i + 4 <= whole.length && view.getUint32(i, true) === 0x02014b50);
  view.setUint32(directory + 24, 3, true);
  await assert.rejects(openBatchFiles([new File([whole], 'a.npz')], noQuestion), /no whole \.npz archive/);
  view.setUint32(directory + 24, 2 ** 31 + 1, true);
  await assert.rejects(openBatchFiles([new File([whole], 'a.npz')], noQuestion), /at most 2 GiB in total/);
});
