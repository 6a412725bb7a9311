import assert from 'node:assert/strict';
import { test } from 'node:test';
import { requestSchema } from '../../src/codecs/request-schema.ts';
import { sweepSchema } from '../../src/codecs/sweep/sweep-schema.ts';
import { inferenceBody } from '../helpers/inference-body.ts';
import { type Json, startTestService } from '../helpers/service.ts';
import { tensorFile } from '../helpers/tensor-file.ts';

// Clients that were generated from the OpenAPI document send null for what is not set.

const service = await startTestService();
const GOOD = { logits: [[1, -1.5]], labels: [[1, 0]] };
const SAFETENSORS = 'application/vnd.safetensors';

async function post(path: string, type: string, body: string | Buffer) {
  const response = await fetch(`${service.url}${path}`, {
    method: 'POST',
    headers: { 'content-type': type, accept: 'application/json' },
    body: typeof body === 'string' ? body : new Uint8Array(body),
  });
  return { status: response.status, json: (await response.json()) as Json };
}

const lossOf = async (body: object): Promise<number> => (await service.focalLoss(body)).loss;

test('null stands for nothing in every optional field, apart from alpha', async () => {
  const names = Object.keys(requestSchema.shape).filter((name) => !(name in GOOD) && name !== 'alpha');
  const all = Object.fromEntries(names.map((name) => [name, null]));
  const { duration_ms: _, ...plain } = await service.focalLoss(GOOD);
  const { duration_ms: __, ...nulls } = await service.focalLoss({ ...all, ...GOOD });
  assert.deepEqual(nulls, plain);
});

test('the same in a sweep', async () => {
  const names = Object.keys(sweepSchema.shape).filter((name) => !(name in GOOD) && name !== 'gammas');
  const all = Object.fromEntries(names.map((name) => [name, null]));
  const sweep = (body: object) => post('/v1/focal-loss/sweep', 'application/json', JSON.stringify(body));
  const { json } = await sweep({ ...all, ...GOOD, gammas: [2] });
  assert.equal(json.grid[0].alpha, 0.25);
  assert.deepEqual(json.grid, (await sweep({ ...GOOD, gammas: [2] })).json.grid);
});

test('the text null in metadata of safetensors, and in parameters of the Open Inference Protocol', async () => {
  const plain = await lossOf(GOOD);
  const file = tensorFile(
    {
      logits: { dtype: 'F32', shape: [1, 2], values: [1, -1.5] },
      labels: { dtype: 'U8', shape: [1, 2], values: [1, 0] },
    },
    { gamma: 'null', reduction: 'null', class_weights: 'null' },
  );
  assert.equal((await post('/v1/focal-loss', SAFETENSORS, file)).json.loss, plain);
  const tensor = (values: readonly number[]) => ({ datatype: 'FP32', shape: [1, 2], values, binary: false }) as const;
  const { body } = inferenceBody(
    { logits: tensor([1, -1.5]), labels: tensor([1, 0]) },
    { parameters: { gamma: 'null', normalizer: 'null' }, outputs: [{ name: 'loss' }] },
  );
  assert.equal((await post('/v2/models/focal-loss/infer', 'application/json', body)).json.outputs[0].data[0], plain);
});

test('alpha: null and "off" turn it off', async () => {
  const off = await lossOf({ ...GOOD, alpha: null });
  assert.notEqual(off, await lossOf(GOOD));
  assert.equal(await lossOf({ ...GOOD, alpha: 'off' }), off);
  const { json } = await post(
    '/v1/focal-loss/sweep',
    'application/json',
    JSON.stringify({ ...GOOD, gammas: [2], alphas: ['off', null, 0.25] }),
  );
  const [word, nothing, number] = json.grid;
  assert.deepEqual([word.alpha, nothing.alpha], ['off', null]);
  assert.equal(word.loss, nothing.loss);
  assert.notEqual(word.loss, number.loss);
});

test('the members of a scheme', async () => {
  const alpha = { balanced: null, effective_number: { beta: 0.9, class_counts: null, samples: null } };
  assert.equal(await lossOf({ ...GOOD, alpha }), await lossOf({ ...GOOD, alpha: { effective_number: { beta: 0.9 } } }));
  const { errors } = await service.problem(
    { ...GOOD, alpha: { balanced: null, effective_number: null } },
    'invalid_request',
  );
  assert.match(errors[0]!.message, /got neither$/);
});

test('required fields may not be null, and unknown ones are unknown', async () => {
  for (const [body, pointer] of [
    [{ ...GOOD, labels: null }, '/labels'],
    [{ ...GOOD, logits: null }, ''],
    [{ ...GOOD, gama: null }, '/gama'],
  ] as const) {
    const { errors } = await service.problem(body, 'invalid_request');
    assert.equal(errors[0]!.pointer, pointer);
  }
  const { json } = await post('/v1/focal-loss/sweep', 'application/json', JSON.stringify({ ...GOOD, gammas: null }));
  assert.equal(json.errors[0].pointer, '/gammas');
});
