import assert from 'node:assert/strict';
import { test } from 'node:test';
import { MAX_ECHOED_CLASSES } from '../../src/codecs/echoed-options.ts';
import { jsonResponseSchema } from '../../src/codecs/json/json-response-schema.ts';
import { requestSchema } from '../../src/codecs/request-schema.ts';
import { sweepResponseSchema } from '../../src/codecs/sweep/sweep-response-schema.ts';
import { inferenceBody } from '../helpers/inference-body.ts';
import { type Json, startTestService } from '../helpers/service.ts';
import { readTensorFile, tensorFile } from '../helpers/tensor-file.ts';

// What a response says of the options in force.

const service = await startTestService();
const GOOD = { logits: [[1, -1.5, 0.5]], labels: [[1, 0, 0]] };
const NO_OPTIONS = ['logits', 'probabilities', 'labels', 'sample_weights', 'class_names'];

test('every option is there with its default', async () => {
  const response = await service.focalLoss(GOOD);
  jsonResponseSchema.parse(response);
  const { options } = response;
  const names = Object.keys(requestSchema.shape).filter((name) => !NO_OPTIONS.includes(name));
  assert.deepEqual(Object.keys(options).sort(), names.sort());
  assert.equal(options.gamma, 2);
  assert.equal(options.alpha, 0.25);
  assert.equal(options.normalizer, 'elements');
  assert.equal(options.background_index, null);
  assert.equal(response.options_omitted, undefined);
  const { options: softmax } = await service.focalLoss({ ...GOOD, activation: 'softmax' });
  assert.deepEqual([softmax.alpha, softmax.normalizer], ['off', 'samples']);
});

const REQUESTS: readonly object[] = [
  { ...GOOD },
  { ...GOOD, alpha: null, gamma: [0, 1.5, 2], class_weights: [1, 2, 3], outputs: ['gradients', 'loss', 'gradients'] },
  {
    ...GOOD,
    alpha: { balanced: true },
    normalizer: 3,
    label_smoothing: 0.1,
    reduction: 'sum',
    class_names: ['a', 'b', 'c'],
  },
  { ...GOOD, alpha: { effective_number: { beta: 0.9, class_counts: [3, 4, 5] } }, activation: 'softmax' },
  { ...GOOD, gamma: { positive: [0, 1, 2], negative: 4 }, margin: 0.05, poly_epsilon: 1, focusing: 'detached' },
  { ...GOOD, gamma: { positive: 1, negative: 4 }, hessian_form: 'detached', outputs: ['hessian'] },
  { ...GOOD, soft_labels: 'varifocal' },
  { ...GOOD, soft_labels: 'matchability', gamma: 1.5 },
  { logits: GOOD.logits, labels: [-1], background_index: -1, ignore_index: 7, gradients_dtype: 'F32', epsilon: 1e-5 },
];

test('a request with the echoed options has the same response', async () => {
  for (const request of REQUESTS) {
    const { duration_ms: _, ...first } = await service.focalLoss(request);
    const { duration_ms: __, ...second } = await service.focalLoss({ ...request, ...first.options });
    assert.deepEqual(second, first);
  }
});

test('the default of alpha is that of the loss', async () => {
  const alphaOf = async (soft_labels: string) => (await service.focalLoss({ ...GOOD, soft_labels })).options.alpha;
  assert.deepEqual([await alphaOf('varifocal'), await alphaOf('matchability')], [0.75, 'off']);
});

test('what was given as null or as a scheme is said as it is in force', async () => {
  const [, lists, scheme, effective] = await Promise.all(REQUESTS.map((request) => service.focalLoss(request)));
  assert.equal(lists.options.alpha, 'off');
  assert.deepEqual(lists.options.gamma, [0, 1.5, 2]);
  assert.deepEqual(lists.options.class_weights, [1, 2, 3]);
  assert.deepEqual(lists.options.outputs, ['loss', 'gradients']);
  assert.deepEqual(scheme.options.alpha, { balanced: true });
  assert.deepEqual(effective.options.alpha, { effective_number: { beta: 0.9, class_counts: [3, 4, 5] } });
});

test('a sweep has those that are not its own', async () => {
  const { body } = await service.http
    .post('/v1/focal-loss/sweep')
    .send({ ...GOOD, gammas: [1], class_weights: [1, 2, 3], reduction: 'sum' });
  sweepResponseSchema.parse(body);
  const { options } = body;
  assert.deepEqual([options.class_weights, options.reduction], [[1, 2, 3], 'sum']);
  for (const name of ['gamma', 'alpha', 'outputs', 'gradients_dtype', 'hessian_form'])
    assert.ok(!(name in options), name);
});

async function post(path: string, type: string, body: Buffer, accept = type): Promise<Buffer> {
  const headers = { 'content-type': type, accept };
  const response = await fetch(`${service.url}${path}`, { method: 'POST', headers, body: new Uint8Array(body) });
  assert.equal(response.status, 200);
  return Buffer.from(await response.arrayBuffer());
}

test('safetensors and the Open Inference Protocol say the same as JSON', async () => {
  const given = { gamma: 1.5, alpha: 'off', class_weights: [1, 2, 3], outputs: ['loss'] };
  const { options } = await service.focalLoss({ ...GOOD, ...given });
  const metadata = { gamma: '1.5', alpha: 'off', class_weights: '[1,2,3]', outputs: '["loss"]' };
  const file = tensorFile(
    {
      logits: { dtype: 'F32', shape: [1, 3], values: GOOD.logits[0]! },
      labels: { dtype: 'U8', shape: [1, 3], values: GOOD.labels[0]! },
    },
    metadata,
  );
  const read = readTensorFile(await post('/v1/focal-loss', 'application/vnd.safetensors', file));
  assert.deepEqual(JSON.parse(read.metadata.response!).options, options);
  const tensor = (values: readonly number[]) => ({ datatype: 'FP32', shape: [1, 3], values, binary: false }) as const;
  const { body } = inferenceBody(
    { logits: tensor(GOOD.logits[0]!), labels: tensor(GOOD.labels[0]!) },
    { parameters: metadata },
  );
  const { parameters } = JSON.parse(`${await post('/v2/models/focal-loss/infer', 'application/json', body)}`);
  assert.deepEqual(JSON.parse(parameters.options), options);
});

/** Numbers with the longest text. */
const longNumbers = (count: number) => Array.from({ length: count }, (_, c) => 1.2345678901234567e-100 * (1 + c / 7));

for (const [classes, isListed] of [
  [MAX_ECHOED_CLASSES, true],
  [MAX_ECHOED_CLASSES + 1, false],
] as const) {
  test(`lists for ${classes} classes are ${isListed ? 'there' : 'left out, and named'}, in every format`, async () => {
    const list = longNumbers(classes);
    const zeros = new Array<number>(classes).fill(0);
    const given = { gamma: list, alpha: list, class_weights: list, outputs: ['loss'] };
    const expected = isListed ? list : undefined;
    const omitted = isListed ? undefined : ['class_weights', 'gamma', 'alpha'];
    const check = ({ options, options_omitted }: Json) => {
      assert.deepEqual([options.gamma, options.alpha, options.class_weights], [expected, expected, expected]);
      assert.deepEqual(options_omitted, omitted);
    };
    const json = await service.focalLoss({ logits: [zeros], labels: [zeros], ...given });
    jsonResponseSchema.parse(json);
    check(json);
    const tensors = {
      logits: { dtype: 'F32', shape: [1, classes], values: zeros },
      labels: { dtype: 'U8', shape: [1, classes], values: zeros },
    } as const;
    const metadata = Object.fromEntries(Object.entries(given).map(([name, value]) => [name, JSON.stringify(value)]));
    const file = tensorFile(tensors, metadata);
    const type = 'application/vnd.safetensors';
    const read = readTensorFile(await post('/v1/focal-loss', type, file));
    check(JSON.parse(read.metadata.response!));
    check(JSON.parse(`${await post('/v1/focal-loss', type, file, 'application/json')}`));
    const input = { datatype: 'FP32', shape: [1, classes], values: zeros, binary: false } as const;
    const { body } = inferenceBody({ logits: input, labels: input }, { parameters: metadata });
    const { parameters } = JSON.parse(`${await post('/v2/models/focal-loss/infer', 'application/json', body)}`);
    const { options, options_omitted } = parameters;
    check({ options: JSON.parse(options), options_omitted: options_omitted && JSON.parse(options_omitted) });
    const sweep = { logits: [zeros], labels: [zeros], class_weights: list, gammas: [1] };
    const { body: swept } = await service.http.post('/v1/focal-loss/sweep').send(sweep);
    assert.deepEqual(swept.options.class_weights, expected);
    assert.deepEqual(swept.options_omitted, omitted && ['class_weights']);
    const scheme = { effective_number: { beta: 0.9, class_counts: zeros.map(() => 1) } };
    const { options: ofScheme } = await service.focalLoss({ logits: [zeros], labels: [0], alpha: scheme });
    assert.deepEqual(ofScheme.alpha, isListed ? scheme : undefined);
  });
}

for (const [classes, isListed] of [
  [MAX_ECHOED_CLASSES, true],
  [MAX_ECHOED_CLASSES + 1, false],
] as const) {
  test(`a gamma of ${classes} classes on one side is ${isListed ? 'there' : 'left out, and named'}`, async () => {
    const zeros = new Array<number>(classes).fill(0);
    const gamma = { positive: 1, negative: longNumbers(classes) };
    const response = await service.focalLoss({ logits: [zeros], labels: [zeros], gamma, outputs: ['loss'] });
    jsonResponseSchema.parse(response);
    assert.deepEqual(response.options.gamma, isListed ? gamma : undefined);
    assert.deepEqual(response.options_omitted, isListed ? undefined : ['gamma']);
  });
}
