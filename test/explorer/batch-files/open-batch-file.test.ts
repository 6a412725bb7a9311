import assert from 'node:assert/strict';
import { test } from 'node:test';
import { openBatchFile } from '../../../src/explorer/batch-files/open-batch-file.ts';
import { readSample } from '../../harness/read-sample.ts';
import { fileWith } from '../../helpers/codecs/safetensors-file.ts';
import { type FileTensors, readTensorFile, tensorFile } from '../../helpers/tensor-file.ts';

const CHANGES = { gamma: 3, alpha: null, outputs: ['loss'] };

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
  assert.deepEqual(JSON.parse(await file.body(CHANGES).text()), { ...batch, ...CHANGES });
  assert.deepEqual(JSON.parse(await file.body({ gammas: [1] }).text()), {
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
  assert.deepEqual(file.options, { activation: 'softmax', gamma: 1, class_names: ['é', '類'] });

  const body = Buffer.from(await file.body(CHANGES).arrayBuffer());
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
  const body = Buffer.from(await file.body(CHANGES).arrayBuffer());
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
  const { metadata, tensors } = readTensorFile(Buffer.from(await file.body({ gamma: 1 }).arrayBuffer()));
  assert.deepEqual([metadata, Object.keys(tensors)], [{ gamma: '1' }, ['labels']]);
});

test('a file that cannot be read is sent unchanged', async () => {
  const contents = ['', '{', '[1]', 'null', '{"logits":', '\u0008\0\0\0\0\0\0\0{', '\u00ff'.repeat(30)];
  for (const content of contents) {
    for (const name of ['batch.json', 'batch.safetensors']) {
      const file = await openBatchFile(name, new Blob([content]));
      assert.equal(await file.body(CHANGES).text(), content);
      assert.deepEqual(file.options, {});
    }
  }
});
