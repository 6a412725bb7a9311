import assert from 'node:assert/strict';
import { test } from 'node:test';
import { startInferenceService } from '../helpers/http/inference-service.ts';
import { FORMATS, type FormatResponse } from '../helpers/http/request-formats.ts';
import { inferenceBody } from '../helpers/inference-body.ts';
import type { Json } from '../helpers/service.ts';
import { tensorFile } from '../helpers/tensor-file.ts';

// A gamma for each side, in the forms that each format has for it.

const service = await startInferenceService();
const LOGITS = [1, -1.5, 0.25, 2, -0.5, 0.125];
const GOOD = { logits: [LOGITS.slice(0, 3), LOGITS.slice(3)], labels: [0, 2] };

for (const [name, gamma] of Object.entries({
  numbers: { positive: 1, negative: 4 },
  'one number per class': { positive: [0, 1, 2], negative: [2, 3.5, 4] },
  'one number per class, and one for all': { positive: [0, 1, 2], negative: 4 },
})) {
  test(`${name}: every format computes the same, and repeats the option`, async () => {
    const { loss, options } = await service.focalLoss({ ...GOOD, gamma });
    assert.notEqual(loss, (await service.focalLoss({ ...GOOD, gamma: gamma.positive })).loss);
    assert.deepEqual(options.gamma, gamma);
    for (const [format, send] of Object.entries(FORMATS)) {
      const { status, body } = await send(service, { ...GOOD, gamma });
      assert.equal(status, 200, `${format}: ${JSON.stringify(body)}`);
      const values = body.outputs?.find((output: Json) => output.name === 'loss').data ?? [body.loss];
      assert.deepEqual(values, [loss], format);
      assert.deepEqual(body.options, options, format);
    }
  });
}

test('a request with the echoed options has the same response, in every format', async () => {
  const gamma = { positive: [0, 1, 2], negative: 4 };
  const family = { gamma, margin: 0.05, poly_epsilon: -0.5, focusing: 'detached', soft_labels: 'termwise' };
  for (const request of [family, { gamma, hessian_form: 'detached' }, { soft_labels: 'matchability', alpha: 0.5 }]) {
    for (const [format, send] of Object.entries(FORMATS)) {
      const comparable = ({ body: { duration_ms: _, parameters, outputs, ...body } }: FormatResponse) => ({
        ...body,
        outputs,
        echoed: parameters?.options,
      });
      const first = await send(service, { ...GOOD, ...request });
      const second = await send(service, { ...GOOD, ...first.body.options });
      assert.equal(first.status, 200, format);
      assert.deepEqual(comparable(second), comparable(first), format);
    }
  }
});

/** The batch above as a file, with other tensors and metadata. */
async function sendFile(sides: Readonly<Record<string, readonly number[]>>, metadata: Record<string, string> = {}) {
  const ofSides = Object.entries(sides).map(([name, values]) => [
    name,
    { dtype: 'F64', shape: [values.length], values } as const,
  ]);
  const body = tensorFile(
    {
      logits: { dtype: 'F32', shape: [2, 3], values: LOGITS },
      labels: { dtype: 'I64', shape: [2], values: GOOD.labels },
      ...Object.fromEntries(ofSides),
    },
    metadata,
  );
  const response = await fetch(`${service.url}/v1/focal-loss`, {
    method: 'POST',
    headers: { 'content-type': 'application/vnd.safetensors', accept: 'application/json' },
    body: new Uint8Array(body),
  });
  return (await response.json()) as Json;
}

/** Likewise as a request of the Open Inference Protocol, whose inputs are binary data. */
function inference(sides: Readonly<Record<string, readonly number[]>>, parameters: object = {}) {
  const input = (datatype: 'FP32' | 'FP64' | 'INT64', shape: number[], values: readonly number[]) =>
    ({ datatype, shape, values, binary: true }) as const;
  const ofSides = Object.entries(sides).map(([name, values]) => [name, input('FP64', [values.length], values)]);
  return inferenceBody(
    { logits: input('FP32', [2, 3], LOGITS), labels: input('INT64', [2], GOOD.labels), ...Object.fromEntries(ofSides) },
    { parameters, outputs: [{ name: 'loss' }] },
  );
}

const lossOf = async (gamma: object) => (await service.focalLoss({ ...GOOD, gamma })).loss;

test('a tensor for one side, and metadata or a parameter for the other', async () => {
  const expected = await lossOf({ positive: [0, 1, 2], negative: 4 });
  const sides = { 'gamma.positive': [0, 1, 2] };
  assert.equal((await sendFile(sides, { 'gamma.negative': '4' })).loss, expected);
  const { outputs } = await service.infer(inference(sides, { 'gamma.negative': 4 }));
  assert.deepEqual(outputs.loss!.values, [expected]);
});

test('both as parameters, which are flat values in the Open Inference Protocol', async () => {
  const expected = await lossOf({ positive: 1, negative: 4 });
  const { outputs } = await service.infer(inference({}, { 'gamma.positive': 1, 'gamma.negative': '4' }));
  assert.deepEqual(outputs.loss!.values, [expected]);
  assert.equal((await sendFile({}, { 'gamma.positive': '1', 'gamma.negative': '4' })).loss, expected);
});

test('inputs behind the same JSON are read anew', async () => {
  for (const positive of [
    [0, 1, 2],
    [3, 0, 1],
    [1, 1, 1],
  ]) {
    const { outputs } = await service.infer(inference({ 'gamma.positive': positive, 'gamma.negative': [4] }));
    assert.deepEqual(outputs.loss!.values, [await lossOf({ positive, negative: 4 })]);
  }
  const { outputs } = await service.infer(inference({}));
  assert.deepEqual(outputs.loss!.values, [(await service.focalLoss(GOOD)).loss]);
});

test('null stands for a side that is not set', async () => {
  const unset = { 'gamma.positive': 'null', 'gamma.negative': 'null' };
  assert.equal((await sendFile({}, unset)).loss, (await service.focalLoss(GOOD)).loss);
  assert.equal(
    (await sendFile({}, { ...unset, gamma: '1' })).loss,
    (await service.focalLoss({ ...GOOD, gamma: 1 })).loss,
  );
});

const firstError = ({ errors: [error] }: Json) => `${error.pointer}: ${error.message}`;

test('one side alone, and sides beside gamma, are errors', async () => {
  const alone = 'expected "gamma.positive" and "gamma.negative" together, got only this one';
  assert.equal(firstError(await sendFile({ 'gamma.negative': [1] })), `/gamma.negative: ${alone}`);
  assert.equal(firstError(await sendFile({}, { 'gamma.positive': '1' })), `/gamma.positive: ${alone}`);
  const { body } = await FORMATS['Open Inference']!(service, { ...GOOD, 'gamma.positive': 1 });
  assert.equal(firstError(body), `/gamma.positive: ${alone}`);
  assert.equal(
    firstError(await sendFile({ 'gamma.positive': [1], 'gamma.negative': [1] }, { gamma: '2' })),
    '/gamma: expected either it or "gamma.positive" and "gamma.negative" together, got both "gamma" and "gamma.positive"',
  );
});

test('JSON has one field for them', async () => {
  const { errors } = await service.problem({ ...GOOD, 'gamma.positive': 1 }, 'invalid_request');
  assert.equal(
    errors[0]!.message,
    'unknown field "gamma.positive"; here it is "gamma": {"positive": …, "negative": …}, both in one field',
  );
});

for (const [name, gamma, expected] of [
  ['a member is missing', { positive: 1 }, /^\/gamma: expected a number, .*got no "negative"$/],
  ['a member is null', { positive: null, negative: 1 }, /^\/gamma: expected a number, .*got no "positive"$/],
  ['a member is unknown', { positive: 1, negative: 1, other: 1 }, /^\/gamma: expected a number, .*got "other"$/],
  ['a side is a text', { positive: 'high', negative: 1 }, /^\/gamma\/positive: .*got "high"$/],
  ['a side is below 0', { positive: 1, negative: -1 }, /^\/gamma\/negative: expected a number ≥ 0.*got -1$/],
  [
    'a side has too few classes',
    { positive: [1, 2], negative: 1 },
    /^\/gamma\/positive: expected one number per class/,
  ],
  [
    'a class is below 0',
    { positive: 1, negative: [1, -2, 1] },
    /^\/gamma\/negative\/1: expected a number ≥ 0.*got -2$/,
  ],
] as const) {
  test(`${name}: the error says where`, async () => {
    assert.match(firstError(await service.problem({ ...GOOD, gamma }, 'invalid_request')), expected);
  });
}

test('a gamma below 1 with quality labels is found on its side', async () => {
  const { errors } = await service.problem(
    { ...GOOD, gamma: { positive: [1, 0.5, 2], negative: 1 }, soft_labels: 'quality' },
    'invalid_request',
  );
  assert.equal(errors[0]!.pointer, '/gamma/positive/1');
});
