import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { checkAgainstJson } from '../helpers/http/inference-response.ts';
import { startInferenceService } from '../helpers/http/inference-service.ts';
import { inferenceBody } from '../helpers/inference-body.ts';
import type { Json } from '../helpers/service.ts';
import { readTensorFile } from '../helpers/tensor-file.ts';

// The outputs `posterior` and `calibration` in every format.

const service = await startInferenceService();
const OUTPUTS = ['posterior', 'calibration', 'per_class'];

const cases: { request: object; expect: { posterior: unknown[] } }[] = JSON.parse(
  readFileSync(new URL('../fixtures/posterior.json', import.meta.url), 'utf8'),
).cases;

const calibrationCases: { request: object; expect: { predicted: number; posterior: number } }[] = JSON.parse(
  readFileSync(new URL('../fixtures/calibration.json', import.meta.url), 'utf8'),
).cases;

test('the expected calibration errors are those of torchmetrics', async () => {
  for (const { request, expect } of calibrationCases) {
    const { calibration } = await service.focalLoss({ ...request, outputs: ['calibration'] });
    for (const part of ['predicted', 'posterior'] as const) {
      const error = Math.abs(calibration[part].expected_calibration_error - expect[part]);
      assert.ok(error < 1e-6, `${part}: ${expect[part]}, off by ${error}`);
    }
  }
});

/** A response in safetensors to a request in JSON. */
async function asFile(request: object): Promise<ReturnType<typeof readTensorFile>> {
  const response = await fetch(`${service.url}/v1/focal-loss`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', accept: 'application/vnd.safetensors' },
    body: JSON.stringify(request),
  });
  assert.equal(response.status, 200);
  return readTensorFile(Buffer.from(await response.arrayBuffer()));
}

test('60-digit arithmetic, in JSON and in safetensors', async () => {
  for (const { request, expect } of cases) {
    const truth = (expect.posterior.flat() as string[]).map(Number);
    const json = await service.focalLoss({ ...request, outputs: ['posterior'] });
    const { tensors } = await asFile({ ...request, outputs: ['posterior'] });
    assert.deepEqual(tensors.posterior!.shape, shapeOf(json.posterior));
    for (const values of [json.posterior.flat(), [...tensors.posterior!.values]] as number[][]) {
      assert.equal(values.length, truth.length);
      values.forEach((value, i) => {
        const error = Math.abs(value - truth[i]!);
        assert.ok(error <= 2e-6 * truth[i]! + 1e-38, `${JSON.stringify(request)}: ${truth[i]}, got ${value}`);
      });
    }
  }
});

function shapeOf(value: unknown): number[] {
  return Array.isArray(value) ? [value.length, ...shapeOf(value[0])] : [];
}

const BATCH = {
  logits: [
    [1.5, -2, 0.25],
    [0, 3, -1],
    [-0.5, 0.5, 2],
    [4, -4, 0],
  ],
  labels: [0, 1, 2, 0],
};
const INPUTS = {
  logits: { datatype: 'FP32', shape: [4, 3], values: BATCH.logits.flat(), binary: true },
  labels: { datatype: 'INT64', shape: [4], values: BATCH.labels, binary: false },
} as const;

for (const activation of ['sigmoid', 'softmax']) {
  test(`${activation}: safetensors and the Open Inference Protocol have what JSON has`, async () => {
    const json = await service.focalLoss({ ...BATCH, activation, outputs: OUTPUTS });
    const { tensors, metadata } = await asFile({ ...BATCH, activation, outputs: OUTPUTS });
    assert.deepEqual([...tensors.posterior!.values], json.posterior.flat().map(Math.fround));
    for (const field of ['prior', 'initial_logit']) {
      assert.deepEqual(
        [...tensors[`per_class.${field}`]!.values],
        json.per_class.map((c: Json) => c[field]),
      );
    }
    assert.deepEqual(JSON.parse(metadata.response!).calibration, json.calibration);

    const parts = ['counts', 'mean_confidence', 'observed_rate', 'expected_calibration_error'];
    const names = [
      'posterior',
      'per_class.prior',
      'per_class.initial_logit',
      'per_class.positives',
      ...['predicted', 'posterior'].flatMap((of) => parts.map((part) => `calibration.${of}.${part}`)),
    ];
    for (const binary_data of [true, false]) {
      const read = await service.infer(
        inferenceBody(INPUTS, {
          parameters: { activation },
          outputs: names.map((name) => ({ name, parameters: { binary_data } })),
        }),
      );
      assert.deepEqual(Object.keys(read.outputs).sort(), [...names].sort());
      checkAgainstJson(read, json);
    }
  });
}

test('per_class.prior alone requests the posterior, which is not sent', async () => {
  const read = await service.infer(inferenceBody(INPUTS, { outputs: [{ name: 'per_class.prior' }, { name: 'loss' }] }));
  assert.deepEqual(Object.keys(read.outputs).sort(), ['loss', 'per_class.prior']);
});

test('the breakdown has priors with the posterior only, and class names before them', async () => {
  const without = await service.focalLoss({ ...BATCH, outputs: ['per_class'] });
  assert.equal('prior' in without.per_class[0], false);
  const named = await service.focalLoss({ ...BATCH, class_names: ['a', 'b', 'c'], outputs: OUTPUTS });
  assert.deepEqual(
    named.per_class.map(({ name, prior }: Json) => [name, prior]),
    [
      ['a', 0.5],
      ['b', 0.25],
      ['c', 0.25],
    ],
  );
});

test('where a posterior has no meaning it is an error, and calibration goes without', async () => {
  const request = { ...BATCH, margin: 0.05, gamma: { positive: 1, negative: 4 } };
  const response = await fetch(`${service.url}/v1/focal-loss`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ ...request, outputs: ['posterior'] }),
  });
  assert.equal(response.status, 422);
  const { errors } = (await response.json()) as Json;
  assert.deepEqual(errors.map(({ pointer }: Json) => pointer).sort(), ['/gamma', '/margin']);
  const body = await service.focalLoss({ ...request, outputs: ['calibration'] });
  assert.deepEqual(Object.keys(body.calibration ?? body), ['predicted']);
});
