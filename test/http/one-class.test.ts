import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Dtype } from '../../src/codecs/dtype.ts';
import { DATATYPES, type Datatype } from '../../src/codecs/open-inference/inference-datatype.ts';
import { startInferenceService } from '../helpers/http/inference-service.ts';
import { inferenceBody } from '../helpers/inference-body.ts';
import { close } from '../helpers/loss/derivatives.ts';
import type { Json } from '../helpers/service.ts';
import { readTensorFile, tensorFile } from '../helpers/tensor-file.ts';

// One class under sigmoid: labels without the class axis are 0 and 1.

const service = await startInferenceService();

const LOGITS = [-5, 3, 0.5, -1.25, 7, -0.75];
const LABELS = [0, 1, 1, 0, -100, 1];
const SHAPE = [2, 1, 3];
const NESTED = { logits: [[[-5, 3, 0.5]], [[-1.25, 7, -0.75]]], class_axis: 1 };
const expected = await service.focalLoss({ ...NESTED, labels: [[[0, 1, 1]], [[0, -100, 1]]] });

const post = (body: Uint8Array, type: string, path = '/v1/focal-loss') =>
  fetch(service.url + path, { method: 'POST', headers: { 'content-type': type }, body: new Uint8Array(body) });

async function invalid(request: object, pointer: string, message: string): Promise<void> {
  const { errors } = await service.problem(request, 'invalid_request');
  assert.deepEqual([errors[0]!.pointer, errors[0]!.message], [pointer, message]);
}

test('in JSON: a batch without positives has none, as with a class axis', async () => {
  const without = await service.focalLoss({ logits: [[-5], [-5]], labels: [0, 0] });
  assert.equal(without.counts.positives, 0);
  close(without.loss, 2.2560676679e-7, 5e-7);
  const within = await service.focalLoss({ logits: [[-5], [-5]], labels: [[0], [0]] });
  assert.deepEqual(
    [without.loss, without.gradients, without.per_class],
    [within.loss, within.gradients, within.per_class],
  );
});

test('in JSON: numbers, true and false, and a trailing axis of 1', async () => {
  for (const labels of [
    [[0, 1, 1], [0, -100, 1]], // biome-ignore format: a matrix
    [[[0], [1], [1]], [[0], [-100], [1]]], // biome-ignore format: a matrix
  ]) {
    const { counts, loss, gradients } = await service.focalLoss({ ...NESTED, labels });
    assert.deepEqual([counts, loss, gradients], [expected.counts, expected.loss, expected.gradients]);
  }
  const request = { logits: [[1], [-2]], alpha: null };
  const booleans = await service.focalLoss({ ...request, labels: [true, false] });
  assert.equal(booleans.loss, (await service.focalLoss({ ...request, labels: [[1], [0]] })).loss);
});

test('the ignore_index may be 0 or 1', async () => {
  for (const ignore_index of [0, 1]) {
    const [flat, dense] = await Promise.all(
      [
        [0, 1, 1],
        [[0], [1], [1]],
      ].map((labels) => service.focalLoss({ logits: [[1], [2], [3]], labels, ignore_index })),
    );
    assert.equal(flat.counts.ignored, ignore_index + 1);
    assert.deepEqual([flat.loss, flat.counts], [dense.loss, dense.counts]);
  }
});

const TYPES = Object.keys(DATATYPES) as Datatype[];
const FLOAT16: Partial<Record<Dtype, number[]>> = { F16: [0x3c00, 0xd640], BF16: [0x3f80, 0xc2c8] };

for (const datatype of TYPES) {
  const dtype = DATATYPES[datatype];
  const ignored = /U|BOOL/.test(datatype) ? (dtype === 'BOOL' ? 1 : 200) : -100;
  const [one, ignore] = FLOAT16[dtype] ?? [1, ignored];
  const values = LABELS.map((label) => (label === 1 ? one! : label === 0 ? 0 : ignore!));
  const given = dtype === 'BOOL' ? { ignore_index: 1 } : { ignore_index: ignored };
  const dense = { ...NESTED, ...given, labels: [[[0, 1, 1]], [[0, ignored, 1]]] };

  test(`labels ${datatype}, in safetensors, Open Inference and sweeps`, async () => {
    const { loss, counts } = await service.focalLoss(dense);
    const metadata = { class_axis: '1', ignore_index: String(given.ignore_index) };
    const logits = { dtype: 'F32', shape: SHAPE, values: LOGITS } as const;
    const file = { logits, labels: { dtype, shape: [2, 3], values } };

    const response = await post(tensorFile(file, metadata), 'application/vnd.safetensors');
    const read: Json = JSON.parse(readTensorFile(Buffer.from(await response.arrayBuffer())).metadata.response!);
    assert.deepEqual([read.loss, read.counts], [loss, counts]);

    const swept = tensorFile(file, { ...metadata, gammas: '[2]', alphas: '[0.25]' });
    const sweep = (await (await post(swept, 'application/vnd.safetensors', '/v1/focal-loss/sweep')).json()) as Json;
    assert.deepEqual(sweep.counts, counts);
    close(sweep.grid[0].loss, loss, 1e-6);

    const binaries = dtype in FLOAT16 ? [true] : [true, false];
    for (const binary of binaries) {
      const body = inferenceBody(
        {
          labels: { datatype, shape: [2, 3], values, binary },
          logits: { datatype: 'FP32', shape: SHAPE, values: LOGITS, binary: true },
        },
        { parameters: { class_axis: 1, ...given, outputs: '["loss"]' } },
      );
      const { outputs } = await service.infer(body);
      assert.deepEqual(outputs.loss!.values, [loss]);
    }
  });
}

test('with a background_index other than 0 they are class indices: 0 is positive', async () => {
  for (const background_index of [1, -1, 7]) {
    const labels = [0, background_index];
    const { counts, loss } = await service.focalLoss({ logits: [[2], [-1]], labels, background_index });
    assert.equal(counts.positives, 1);
    assert.equal(loss, (await service.focalLoss({ logits: [[2], [-1]], labels: [[1], [0]] })).loss);
  }
  await invalid(
    { logits: [[2], [-1]], labels: [0, 1], background_index: 0 },
    '/background_index',
    'expected a value other than 0, which is the only class: leave it out if labels are 0 for negatives and 1 for positives; ' +
      'if label 0 is positive, set it to the label of negatives, such as 1 or -1',
  );
});

test('anything else is rejected, and the message has both ways to write it', async () => {
  const logits = [[2], [-1], [0]];
  const ways =
    'labels of one class are 0 and 1, or soft in shape [3, 1]; if label 0 is positive, background_index is the label of negatives';
  const message = (got: string) => `expected 0 or 1 or the ignore_index -100, got ${got}`;
  await invalid({ logits, labels: [0, 1, 0.5] }, '/labels/2', `${message('0.5')}; ${ways}`);
  await invalid({ logits, labels: [0, 2, 2] }, '/labels/1', `${message('2 at 2 places, the first at [1]')}; ${ways}`);
  for (const [value, cure] of [
    [-1, 'Labels of -1 and 1 are sent as 0 and 1'],
    [255, 'Divide a mask of 0 and 255 by 255'],
  ] as const) {
    const expected = `${message(`${value}`)}; "ignore_index": ${value}? ${cure}. Or ${ways}`;
    await invalid({ logits, labels: [0, 1, value] }, '/labels/2', expected);
  }
  await invalid(
    { logits, labels: [0, 1, 0], background_index: -100 },
    '/background_index',
    'expected a value other than the ignore_index, got -100 for both',
  );
});

test('softmax of one class is refused, whatever the format', async () => {
  const message = /^expected at least 2 classes for softmax, got 1 on axis -1 of shape \[2, 1\].* Use sigmoid/;
  const request = { logits: [[1], [2]], labels: [0, 0], activation: 'softmax' };
  assert.match((await service.problem(request, 'invalid_request')).errors[0]!.message, message);
  const file = tensorFile(
    { labels: { dtype: 'I64', shape: [2], values: [0, 0] }, logits: { dtype: 'F32', shape: [2, 1], values: [1, 2] } },
    { activation: 'softmax', gammas: '[1]' },
  );
  const sweep = (await (await post(file, 'application/vnd.safetensors', '/v1/focal-loss/sweep')).json()) as Json;
  assert.match(sweep.errors[0].message, message);
  await invalid(
    { logits: [1, 2], labels: [0, 0], activation: 'softmax' },
    '/logits',
    'expected at least 2 axes for softmax, one of them the classes; got shape [2], which is one class: use sigmoid',
  );
});

test('class_counts of one class need samples', async () => {
  const request = { logits: [[1], [2]], labels: [0, 1] };
  const scheme = (samples?: number) => ({
    effective_number: { beta: 0.9, class_counts: [5], ...(samples && { samples }) },
  });
  const message =
    'expected the number of all samples, as class_counts of one class count only its positives, 5: without negatives alpha is 0; got nothing';
  await invalid({ ...request, alpha: scheme() }, '/alpha/effective_number/samples', message);
  const { alpha } = await service.focalLoss({ ...request, alpha: scheme(20) });
  close(alpha[0], (1 - 0.9 ** 15) / (1 - 0.9 ** 15 + (1 - 0.9 ** 5)), 1e-12);
  const sweep = await post(
    Buffer.from(JSON.stringify({ ...request, gammas: [1], alphas: [0.5, scheme()] })),
    'application/json',
    '/v1/focal-loss/sweep',
  );
  assert.equal(((await sweep.json()) as Json).errors[0].pointer, '/alphas/1/effective_number/samples');
});
