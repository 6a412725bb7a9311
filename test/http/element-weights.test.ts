import assert from 'node:assert/strict';
import { test } from 'node:test';
import { bytesOf, SharedObject, skip } from '../helpers/core/shared-object.ts';
import { flat, type Nested, readFixture } from '../helpers/engine/request-batches.ts';
import { checkGolden, type GoldenCase } from '../helpers/golden.ts';
import { inRegion, jsonBody, startRegionService } from '../helpers/http/region-service.ts';
import { inferenceBody } from '../helpers/inference-body.ts';
import type { Json } from '../helpers/service.ts';
import { type FileTensors, tensorFile } from '../helpers/tensor-file.ts';

// Weights of elements in every format: as JSON, safetensors, and the Open Inference Protocol with data, bytes and regions.

const service = await startRegionService();
const { cases } = readFixture<{ readonly cases: readonly (GoldenCase & { readonly request: Json })[] }>(
  'golden-element-weights.json',
);
const NAN = Number.NaN;

async function postFile(path: string, tensors: FileTensors, options: Readonly<Record<string, unknown>>): Promise<Json> {
  const metadata = Object.fromEntries(Object.entries(options).map(([name, value]) => [name, JSON.stringify(value)]));
  const response = await fetch(`${service.url}${path}`, {
    method: 'POST',
    headers: { 'content-type': 'application/vnd.safetensors', accept: 'application/json' },
    body: new Uint8Array(tensorFile(tensors, metadata)),
  });
  return response.json();
}

const values = (nested: unknown) => flat(nested as Nested);
const SHAPE = [4, 3];

function asFile({ logits, labels, element_weights }: Json): FileTensors {
  return {
    element_weights: { dtype: 'F64', shape: SHAPE, values: values(element_weights) },
    labels: { dtype: 'U8', shape: SHAPE, values: values(labels) },
    logits: { dtype: 'F64', shape: SHAPE, values: values(logits) },
  };
}

for (const golden of cases) {
  test(`60-digit arithmetic, as JSON and as safetensors: ${golden.name}`, async () => {
    await checkGolden(golden, service.focalLoss);
    await checkGolden(golden, (request: Json) => {
      const { logits, labels, element_weights, ...options } = request;
      return postFile('/v1/focal-loss', asFile(request), options);
    });
  });

  test(`60-digit arithmetic, by the Open Inference Protocol: ${golden.name}`, async () => {
    for (const binary of [false, true]) {
      const of = (name: string, datatype: 'FP64' | 'FP32') => ({
        datatype,
        shape: SHAPE,
        values: values(golden.request[name]),
        binary,
      });
      const inputs = {
        logits: of('logits', 'FP64'),
        labels: of('labels', 'FP32'),
        element_weights: of('element_weights', 'FP32'),
      };
      const { normalizer = 'elements' } = golden.request;
      const { outputs } = await service.infer(inferenceBody(inputs, { parameters: { normalizer } }));
      const expected = Number(golden.expect.loss);
      assert.ok(Math.abs(Number(outputs.loss!.values[0]) / expected - 1) < 1e-6);
      const gradients = values(golden.expect.gradients);
      for (const [i, value] of outputs.gradients!.values.entries()) {
        assert.ok(Math.abs(Number(value) - gradients[i]!) <= 2e-6 * Math.abs(gradients[i]!) + 1e-12);
      }
    }
  });
}

test('in regions of shared memory, beside sample weights, as in the body', { skip }, async () => {
  const shape = [500, 20];
  const numbers = (scale: number) => Float32Array.from({ length: 10_000 }, (_, i) => scale * Math.sin(i * 0.7));
  const logits = numbers(9);
  const element_weights = numbers(2).map(Math.abs);
  const labels = Int32Array.from({ length: 500 }, (_, i) => i % 20);
  const sample_weights = Float32Array.from({ length: 500 }, (_, i) => (i % 4) / 2);
  const tensors = { logits, element_weights, sample_weights, labels };
  let offset = 0;
  const inputs = Object.entries(tensors).map(([name, array]) => {
    const input = {
      name,
      datatype: name === 'labels' ? 'INT32' : 'FP32',
      shape: array.length === 500 ? [500] : shape,
      parameters: inRegion('weights', array.byteLength, offset),
    };
    offset += array.byteLength;
    return input;
  });
  const object = new SharedObject(Buffer.concat(Object.values(tensors).map(bytesOf)));
  await service.register('weights', { key: object.key, offset: 0, byte_size: offset });
  const parameters = { normalizer: 'weights' };
  const { outputs } = await service.infer(jsonBody({ inputs, parameters }));
  const rows = (array: Float32Array) => Array.from({ length: 500 }, (_, i) => [...array.subarray(20 * i, 20 * i + 20)]);
  const expected = await service.focalLoss({
    logits: rows(logits),
    labels: [...labels],
    element_weights: rows(element_weights),
    sample_weights: [...sample_weights],
    ...parameters,
  });
  assert.equal(outputs.loss!.values[0], expected.loss);
  assert.equal(outputs.denominator!.values[0], expected.denominator);
  assert.deepEqual(outputs.gradients!.values, expected.gradients.flat());
  await service.unregister('weights');
});

test('predictions of weight 0 may be NaN, and count as nothing but themselves', async () => {
  const weights = [1, 0, 2, 0, 0, 0.5];
  const { loss, gradients, counts, per_class } = await postFile(
    '/v1/focal-loss',
    {
      logits: { dtype: 'F32', shape: [3, 2], values: [1, NAN, -2, Number.NEGATIVE_INFINITY, NAN, 0.5] },
      labels: { dtype: 'U8', shape: [3, 2], values: [1, 0, 0, 1, 1, 0] },
      element_weights: { dtype: 'F32', shape: [3, 2], values: weights },
    },
    {},
  );
  const valid = {
    logits: [
      [1, 7],
      [-2, -7],
      [7, 0.5],
    ],
    labels: [
      [1, 0],
      [0, 1],
      [1, 0],
    ],
  };
  const expected = await service.focalLoss({
    ...valid,
    element_weights: [
      [1, 0],
      [2, 0],
      [0, 0.5],
    ],
  });
  assert.equal(loss, expected.loss);
  assert.deepEqual(gradients.flat().map(Boolean), weights.map(Boolean));
  assert.deepEqual([counts.positives, per_class[0].positives, per_class[1].negatives], [3, 2, 2]);
  assert.deepEqual(per_class[1].loss, expected.per_class[1].loss);
  const { errors } = await postFile(
    '/v1/focal-loss',
    {
      logits: { dtype: 'F32', shape: [1, 2], values: [NAN, NAN] },
      labels: { dtype: 'U8', shape: [1, 2], values: [1, 0] },
      element_weights: { dtype: 'F32', shape: [1, 2], values: [0, 1] },
    },
    {},
  );
  assert.deepEqual(
    errors.map(({ pointer }: Json) => pointer),
    ['/logits/0/1'],
  );
});

test('a sweep weighs elements as each of its pairs alone, also from a file whose predictions come last', async () => {
  const { request } = cases[0]!;
  const json = await service.http
    .post('/v1/focal-loss/sweep')
    .send({ ...request, gammas: [0, 2], alphas: [0.25, null] });
  const file = await postFile('/v1/focal-loss/sweep', asFile(request), { gammas: [0, 2], alphas: [0.25, null] });
  const points = file.grid as Json[];
  assert.deepEqual(json.body.grid, points);
  for (const { gamma, alpha, loss } of points) {
    const alone = await service.focalLoss({ ...request, gamma, alpha, outputs: ['loss'] });
    assert.ok(Math.abs(loss / alone.loss - 1) < 1e-7, `${gamma}, ${alpha}`);
  }
});

test('responses do not repeat the weights, and wrong ones are named', async () => {
  const batch = { logits: [[1, 2]], labels: [[1, 0]], element_weights: [[1, 2]] };
  const { options } = await service.focalLoss(batch);
  assert.ok(!('element_weights' in options));
  for (const [change, pointer, message] of [
    [{ element_weights: [[1, -2]] }, '/element_weights/0/1', /^expected a number ≥ 0, finite as float32, got -2$/],
    [{ element_weights: [1] }, '/element_weights', /; one weight per sample is "sample_weights"$/],
    [{ element_weights: [[1, null]] }, '/element_weights/0/1', /^expected a number \(JSON has no NaN/],
    [{ activation: 'softmax' }, '/element_weights', /: use sample_weights, or class_weights$/],
    [{ element_weight: [[1, 2]] }, '/element_weight', /here it is "element_weights"/],
    [{ mask: [[1, 0]] }, '/mask', /here it is "element_weights"/],
    [{ weight: [[1, 0]] }, '/weight', /"element_weights", one for each element/],
  ] as const) {
    const { errors } = await service.problem({ ...batch, ...change }, 'invalid_request');
    assert.equal(errors[0]!.pointer, pointer);
    assert.match(errors[0]!.message, message);
  }
});
