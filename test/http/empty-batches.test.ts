import assert from 'node:assert/strict';
import { test } from 'node:test';
import { product } from '../../src/loss/tensor.ts';
import { SharedObject, skip } from '../helpers/core/shared-object.ts';
import { inRegion, jsonBody, startRegionService } from '../helpers/http/region-service.ts';
import { inferenceBody } from '../helpers/inference-body.ts';
import type { Json } from '../helpers/service.ts';
import { type FileTensor, readTensorFile, tensorFile } from '../helpers/tensor-file.ts';

// A batch without elements has loss 0 and empty arrays, in every format that can state its shape.

const service = await startRegionService();
const OUTPUTS = ['loss', 'gradients', 'per_class', 'elementwise', 'hessian', 'difficulty', 'calibration'];
const JSON_TYPE = 'application/json';
const SAFETENSORS = 'application/vnd.safetensors';

const empty = (shape: number[], dtype: FileTensor['dtype'] = 'F32'): FileTensor => ({ dtype, shape, values: [] });

interface Options {
  readonly route?: string;
  readonly accept?: string;
}

function post(tensors: Record<string, FileTensor>, options: object, { route = '', accept = JSON_TYPE }: Options = {}) {
  const entries = Object.entries(options).map(([name, value]) => [name, JSON.stringify(value)]);
  return fetch(`${service.url}/v1/focal-loss${route}`, {
    method: 'POST',
    headers: { 'content-type': SAFETENSORS, accept },
    body: new Uint8Array(tensorFile(tensors, Object.fromEntries(entries))),
  });
}

async function evaluate(tensors: Record<string, FileTensor>, options: object): Promise<Json> {
  const response = await post(tensors, { outputs: OUTPUTS, ...options });
  const body = (await response.json()) as Json;
  assert.equal(response.status, 200, JSON.stringify(body));
  return body;
}

const CASES = {
  'dense labels': { logits: empty([0, 3]), labels: empty([0, 3], 'U8') },
  'class indices': { logits: empty([0, 3], 'BF16'), labels: empty([0], 'I64') },
  'float labels and weights': {
    logits: empty([0, 3], 'F64'),
    labels: empty([0, 3], 'F16'),
    sample_weights: empty([0]),
    class_weights: { dtype: 'F32', shape: [3], values: [1, 0, 2] },
  },
  probabilities: { probabilities: empty([0, 3], 'F16'), labels: empty([0], 'I32') },
} as const;

for (const [name, tensors] of Object.entries(CASES)) {
  for (const activation of ['sigmoid', 'softmax']) {
    for (const reduction of ['mean', 'sum', 'none']) {
      test(`${name}, ${activation}, ${reduction}`, async () => {
        const body = await evaluate(tensors, { activation, reduction });
        assert.equal(body.loss, reduction === 'none' ? null : 0);
        assert.equal(body.sum, 0);
        assert.deepEqual(body.counts, { samples: 0, classes: 3, elements: 0, ignored: 0, positives: 0 });
        for (const output of ['gradients', 'elementwise', 'hessian_diagonal']) assert.deepEqual(body[output], []);
        assert.equal(body.per_class.length, 3);
        const split = { positive: 0, negative: 0, total: 0, share: null };
        for (const [c, { class: index, ...numbers }] of body.per_class.entries()) {
          assert.equal(index, c);
          assert.deepEqual(numbers, {
            ...{ positives: 0, negatives: 0, ignored: 0 },
            ...{ loss: split, cross_entropy: split, gradient_l1: split, mean_pt: { positive: null, negative: null } },
            ...{ true_positives: 0, false_positives: 0, false_negatives: 0 },
          });
        }
        const { counts, ...shares } = body.difficulty.positives;
        assert.ok(
          counts.every((count: number) => count === 0) && Object.values(shares).every((share) => share === null),
        );
      });
    }
  }
}

test('every normalizer and scheme for alpha', async () => {
  const { 'class indices': tensors } = CASES;
  for (const activation of ['sigmoid', 'softmax']) {
    for (const normalizer of ['elements', 'samples', 'positives', 'weights', 7]) {
      const alpha = { effective_number: { beta: 0.9 } };
      const { loss, denominator } = await evaluate(tensors, { activation, normalizer, alpha });
      assert.deepEqual([loss, denominator], [0, normalizer === 'positives' ? 1 : normalizer === 7 ? 7 : 0]);
    }
    const balanced = await evaluate(tensors, { activation, alpha: { balanced: true }, outputs: ['loss'] });
    assert.deepEqual(balanced.alpha, new Array(3).fill(activation === 'sigmoid' ? 0.5 : 1));
  }
});

test('axes of 0 elsewhere, and one binary class', async () => {
  for (const [shape, class_axis, gradients] of [
    [[0], undefined, []],
    [
      [2, 3, 0],
      1,
      [
        [[], [], []],
        [[], [], []],
      ],
    ],
    [[2, 0, 3], -1, [[], []]],
    [[0, 3, 512, 512], 1, []],
    [[3, 0], 0, [[], [], []]],
  ] as const) {
    const labels = empty([...shape], 'U8');
    const body = await evaluate({ logits: empty([...shape]), labels }, class_axis === undefined ? {} : { class_axis });
    assert.deepEqual(body.gradients, gradients);
    assert.equal(body.counts.classes, shape.length === 1 ? 1 : 3);
  }
});

test('a tensor file in return', async () => {
  const response = await post(
    CASES['dense labels'],
    { outputs: OUTPUTS, gradients_dtype: 'BF16' },
    { accept: SAFETENSORS },
  );
  const { tensors, metadata } = readTensorFile(Buffer.from(await response.arrayBuffer()));
  assert.deepEqual(tensors.gradients, { dtype: 'BF16', shape: [0, 3], values: [] });
  assert.deepEqual(tensors.elementwise, { dtype: 'F32', shape: [0, 3], values: [] });
  assert.deepEqual(tensors['per_class.positives']!.values.map(Number), [0, 0, 0]);
  assert.deepEqual(tensors['per_class.loss.share']!.values, [Number.NaN, Number.NaN, Number.NaN]);
  assert.equal(JSON.parse(metadata.response!).loss, 0);
});

test('a sweep', async () => {
  for (const activation of ['sigmoid', 'softmax']) {
    const response = await post(
      CASES['class indices'],
      { activation, gammas: [0, 2], alphas: [null, 0.25, { balanced: true }] },
      { route: '/sweep' },
    );
    const body = (await response.json()) as Json;
    assert.equal(response.status, 200, JSON.stringify(body));
    assert.deepEqual([body.grid.length, body.counts.samples, body.cross_entropy], [6, 0, 0]);
    for (const point of body.grid) {
      assert.deepEqual([point.loss, point.gradient_norm, point.effective_examples], [0, 0, null]);
      assert.deepEqual(point.class_loss_shares, [null, null, null]);
      assert.deepEqual(point.positive_share, { loss: null, gradient_l1: null });
    }
  }
});

test('Open Inference, in JSON and as binary data', async () => {
  for (const binary of [false, true]) {
    const inputs = {
      logits: { datatype: 'FP32', shape: [0, 3], values: [], binary },
      labels: { datatype: 'INT64', shape: [0], values: [], binary },
    } as const;
    const { outputs } = await service.infer(inferenceBody(inputs, { parameters: { binary_data_output: binary } }));
    assert.deepEqual(outputs.gradients, { datatype: 'FP32', shape: [0, 3], values: [], binary });
    assert.deepEqual([...outputs.loss!.values, ...outputs['per_class.negatives']!.values].map(Number), [0, 0, 0, 0]);
  }
});

test('regions of shared memory', { skip }, async () => {
  const object = new SharedObject(Buffer.alloc(64, 7));
  await service.register('r', { key: object.key, offset: 0, byte_size: 64 });
  const parameters = inRegion('r', 0, 16);
  const inputs = [
    { name: 'logits', datatype: 'FP32', shape: [0, 3], parameters },
    { name: 'labels', datatype: 'INT64', shape: [0], parameters },
  ];
  const { outputs } = await service.infer(
    jsonBody({ inputs, outputs: [{ name: 'loss' }, { name: 'gradients', parameters }] }),
  );
  assert.deepEqual(outputs.loss!.values, [0]);
  assert.deepEqual(outputs.gradients!.shape, [0, 3]);
  assert.ok(object.read(0, 64).equals(Buffer.alloc(64, 7)));
});

test('shapes without classes, or out of all proportion, are errors', async () => {
  for (const [shape, message, class_axis = -1] of [
    [
      [3, 0],
      /^expected at least one class \(the 0 of an empty batch is another axis, as in \[0, 3\]\), got shape \[3, 0\]$/,
    ],
    [[0, 0], /^expected at least one class/],
    [[0, 3], /^expected at least one class/, 0],
    [[2 ** 17, 0, 3], /^expected at most 65536 rows in front of the axis of 0, got shape \[131072, 0, 3\]$/],
    [[2 ** 17, 2 ** 17, 0, 3], /^expected at most 65536 rows/],
    [[2, 2 ** 53 - 1, 0, 3], /^expected at most 65536 rows/],
    [[0, 2 ** 53 - 1, 3], /whose product is at most 268435456, got shape/],
    [[0, 2 ** 53 - 1, 2 ** 53 - 1, 2 ** 53 - 1, 3], /whose product is at most 268435456, got shape/],
    [[0, 2 ** 19], /^expected at most 262144 classes/],
    [[0, 1, 1, 1, 1, 3], /^expected 1 to 5 axes, got shape/],
  ] as const) {
    assert.equal(product(shape), 0);
    const response = await post({ logits: empty([...shape]), labels: empty([...shape]) }, { class_axis });
    const { status, errors } = (await response.json()) as Json;
    assert.equal(status, 422);
    assert.equal(errors[0].pointer, '/logits');
    assert.match(errors[0].message, message);
  }
  const mismatch = await post({ logits: empty([0, 3]), labels: empty([0, 4]) }, {});
  assert.match(((await mismatch.json()) as Json).detail, /^\/labels: expected shape \[0, 3\] .*, got \[0, 4\]$/);
  const weights = await post({ ...CASES['dense labels'], class_weights: empty([0]) }, {});
  assert.match(((await weights.json()) as Json).detail, /^\/class_weights: .*shape \[3\], got shape \[0\]$/);
});
