import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { BatchFile, Options } from '../../../src/explorer/batch-files/batch-file.ts';
import { openJson } from '../../../src/explorer/batch-files/json-batch.ts';
import { openBatchFiles } from '../../../src/explorer/batch-files/open-batch-files.ts';
import { readSample } from '../../harness/read-sample.ts';
import { fileWith } from '../../helpers/codecs/safetensors-file.ts';
import { type FileTensors, readTensorFile, tensorFile } from '../../helpers/tensor-file.ts';

const CHANGES = { gamma: 3, alpha: null, outputs: ['loss'] };

async function openBatchFile(name: string, content: Blob): Promise<BatchFile> {
  return openBatchFiles([new File([content], name)], () => assert.fail('no question is expected'));
}

async function textOf(file: BatchFile, changes: Options): Promise<string> {
  return (await file.body(changes)).text();
}

async function bytesOf(file: BatchFile, changes: Options): Promise<Buffer> {
  return Buffer.from(await (await file.body(changes)).arrayBuffer());
}

test('of a JSON batch, only the overridden fields are replaced', async () => {
  const batch = {
    alpha: [0.1, 0.2],
    logits: [[1, -2.5e-7]],
    labels: [1],
    gamma: 1,
    ignore_index: 7,
    outputs: ['hessian'],
  };
  const file = await openBatchFile('batch', new Blob([`\n ${JSON.stringify(batch)}`]));
  assert.equal(file.type, 'application/json');
  assert.deepEqual(file.options.alpha, batch.alpha);
  assert.deepEqual(JSON.parse(await textOf(file, CHANGES)), { ...batch, ...CHANGES });
  assert.deepEqual(JSON.parse(await textOf(file, { gammas: [1] })), {
    logits: batch.logits,
    labels: [1],
    ignore_index: 7,
    gammas: [1],
  });
});

test('of a safetensors file, only the overridden fields are replaced, and its tensors stay aligned', async () => {
  const tensors: FileTensors = {
    labels: { dtype: 'U8', shape: [2], values: [0, 1] },
    alpha: { dtype: 'F32', shape: [2], values: [0.5, 0.25] },
    logits: { dtype: 'F32', shape: [2, 2], values: [1, 2, 3, 4] },
    gamma: { dtype: 'F64', shape: [2], values: [0, 1] },
  };
  const bytes = tensorFile(tensors, { activation: 'softmax', gamma: '1', class_names: '["é","類"]' });
  const file = await openBatchFile('batch.safetensors', new Blob([Uint8Array.from(bytes)]));
  assert.equal(file.type, 'application/vnd.safetensors');
  assert.deepEqual(file.options, {
    activation: 'softmax',
    gamma: [0, 1],
    alpha: [0.5, 0.25],
    class_names: ['é', '類'],
  });

  const body = await bytesOf(file, CHANGES);
  const { labels, logits } = tensors;
  assert.deepEqual(readTensorFile(body), {
    tensors: { labels, logits },
    metadata: { activation: 'softmax', class_names: '["é","類"]', gamma: '3', alpha: 'null', outputs: '["loss"]' },
  });
  assert.equal(body.readBigUInt64LE() % 8n, 0n);
});

test('a file without gamma and alpha keeps the bytes after its header', async () => {
  const bytes = readSample('coins-edges.safetensors');
  const file = await openBatchFile('coins-edges.safetensors', new Blob([Uint8Array.from(bytes)]));
  const body = await bytesOf(file, CHANGES);
  const dataOf = (whole: Buffer) => whole.subarray(8 + Number(whole.readBigUInt64LE()));
  assert.ok(dataOf(body).equals(dataOf(bytes)));
});

test('a safetensors file may have null for its metadata', async () => {
  const bytes = fileWith(
    '{"__metadata__":null,"labels":{"dtype":"U8","shape":[1],"data_offsets":[0,1]}}',
    Buffer.of(1),
  );
  const file = await openBatchFile('batch.safetensors', new Blob([Uint8Array.from(bytes)]));
  assert.deepEqual(file.options, {});
  const { metadata, tensors } = readTensorFile(await bytesOf(file, { gamma: 1 }));
  assert.deepEqual([metadata, Object.keys(tensors)], [{ gamma: '1' }, ['labels']]);
});

test('a file that cannot be read is sent unchanged', async () => {
  const contents = ['{', '[1]', 'null', '{"logits":', '\u0008\0\0\0\0\0\0\0{', '\u00ff'.repeat(30)];
  for (const content of contents) {
    for (const name of ['batch.json', 'batch.safetensors']) {
      const file = await openBatchFile(name, new Blob([content]));
      assert.equal(await textOf(file, CHANGES), content);
      assert.deepEqual(file.options, {});
    }
  }
});

const LABELLED = {
  logits: [
    [1, 2],
    [3, 4],
  ],
  labels: [1, 2],
};

test('an option that is undefined is left out; null is sent', async () => {
  const file = await openBatchFile('a.json', new Blob([JSON.stringify({ ...LABELLED, margin: 0.1, epsilon: 1e-6 })]));
  const sent = JSON.parse(await textOf(file, { margin: undefined, epsilon: null }));
  assert.deepEqual(sent, { ...LABELLED, epsilon: null });
  assert.deepEqual(JSON.parse(await textOf(file, {})), { ...LABELLED, margin: 0.1, epsilon: 1e-6 });
});

test('predictions are sent under another name, and labels from 1 less 1, with the options that are labels', async () => {
  const json = await openBatchFile('a.json', new Blob([JSON.stringify(LABELLED)]));
  const changes = { predictions_as: 'probabilities', first_label: 1, background_index: 0 };
  const expected = { probabilities: LABELLED.logits, labels: [0, 1], background_index: -1, ignore_index: -101 };
  assert.deepEqual(JSON.parse(await textOf(json, changes)), expected);

  for (const [dtype, shifted] of [
    ['U8', 'I16'],
    ['I64', 'I64'],
    ['F32', 'F32'],
    ['U32', 'I64'],
  ] as const) {
    const bytes = tensorFile(
      { labels: { dtype, shape: [2], values: [1, 0] }, logits: { dtype: 'F32', shape: [2, 2], values: [1, 2, 3, 4] } },
      { ignore_index: '255' },
    );
    const file = await openBatchFile('a.safetensors', new Blob([Uint8Array.from(bytes)]));
    const { tensors, metadata } = readTensorFile(await bytesOf(file, changes));
    assert.deepEqual(Object.keys(tensors), ['labels', 'probabilities']);
    assert.equal(tensors.labels!.dtype, shifted);
    assert.deepEqual(tensors.labels!.values.map(Number), [0, -1]);
    assert.deepEqual(metadata, { background_index: '-1', ignore_index: '254' });
  }
});

test('labels are counted in the file', async () => {
  const labels = [0, -1, -1, 3, 7, 2];
  const json = { logits: labels.map(() => [1, 2, 3]), labels };
  const bytes = tensorFile({
    labels: { dtype: 'I64', shape: [6], values: labels },
    logits: { dtype: 'F32', shape: [6, 3], values: labels.flatMap(() => [1, 2, 3]) },
  });
  for (const file of [
    await openBatchFile('a.json', new Blob([JSON.stringify(json)])),
    await openBatchFile('a.safetensors', new Blob([Uint8Array.from(bytes)])),
  ]) {
    const { outside, zeros, ofClassCount } = await file.facts!.countLabels(3);
    assert.deepEqual(
      [[...outside], zeros, ofClassCount],
      [
        [
          [-1, 2],
          [3, 1],
          [7, 1],
        ],
        1,
        1,
      ],
    );
    assert.deepEqual(
      [...(await file.facts!.countLabels(3, 1)).outside],
      [
        [0, 1],
        [-1, 2],
        [7, 1],
      ],
    );
  }
});

test('labels of 16 bits are numbers of IEEE 754', async () => {
  // 1, -2, 1.5, the smallest number, infinity
  const labels = [0x3c00, 0xc000, 0x3e00, 0x0001, 0x7c00];
  const bytes = tensorFile({
    labels: { dtype: 'F16', shape: [5], values: labels },
    logits: { dtype: 'F32', shape: [5, 1], values: [1, 2, 3, 4, 5] },
  });
  const file = await openBatchFile('a.safetensors', new Blob([Uint8Array.from(bytes)]));
  const { outside } = await file.facts!.countLabels(0);
  assert.deepEqual(
    [...outside].map(([value]) => value).sort((a, b) => a - b),
    [-2, 2 ** -24, 1, 1.5, Number.POSITIVE_INFINITY],
  );
});

test('a tensor that ends behind its file is left to the service to report', async () => {
  const bytes = tensorFile({
    labels: { dtype: 'I64', shape: [2], values: [0, 1] },
    logits: { dtype: 'F32', shape: [2], values: [1, 2] },
  });
  const whole = await openBatchFile('a.safetensors', new Blob([Uint8Array.from(bytes)]));
  const cut = await openBatchFile('a.safetensors', new Blob([Uint8Array.from(bytes.subarray(0, -1))]));
  assert.notEqual(whole.facts, null);
  assert.equal(cut.facts, null);
});

test('a large JSON file, a pickle and an array alone are errors that say what to do', async () => {
  await assert.rejects(openBatchFile('a.pt', new Blob(['PK'])), /Save the batch by one of the programs/);
  const array = new Blob([Uint8Array.of(0x93), 'NUMPY']);
  await assert.rejects(openBatchFile('a.npy', array), /two files together/);
  const huge = new Blob(['{']);
  Object.defineProperty(huge, 'size', { value: 2 * 2 ** 30 });
  await assert.rejects(openJson(huge), /at most 256 MiB, got 2048 MiB.*npz/);
});

test('a file is named that is empty, or in none of the formats', async () => {
  for (const name of ['a.npz', 'a.json', 'a.csv', 'a']) {
    await assert.rejects(openBatchFile(name, new Blob([])), new RegExp(`^Error: ${name} is empty\\.`));
  }
  for (const name of ['a.png', 'a.npz', 'a.parquet']) {
    await assert.rejects(openBatchFile(name, new Blob(['PAR1'])), new RegExp(`The bytes of ${name} are in none`));
  }
});
