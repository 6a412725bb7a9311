import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Dtype } from '../../src/codecs/dtype.ts';
import { DATATYPES, type Datatype } from '../../src/codecs/open-inference/inference-datatype.ts';
import { SharedObject, skip } from '../helpers/core/shared-object.ts';
import { inRegion, jsonBody, startRegionService } from '../helpers/http/region-service.ts';
import { inferenceBody } from '../helpers/inference-body.ts';
import type { Json } from '../helpers/service.ts';
import { encoded, readTensorFile, tensorFile } from '../helpers/tensor-file.ts';

// Predictions that are integers: in every format what JSON makes of the same numbers.

const service = await startRegionService();

const LABELS = [0, 1, 1, 0, 1, 0];
const SHAPE = [LABELS.length];
const SMALL = [3, 1, 0, 7, 2, 100];
/** Integers that float32 does not hold, and float64 neither. */
const LARGE: Readonly<Record<string, readonly bigint[]>> = {
  INT32: [16_777_217n, -16_777_217n, 2_147_483_647n, -2_147_483_648n, 33_554_435n, -1n],
  UINT32: [16_777_217n, 16_777_219n, 4_294_967_295n, 2_147_483_648n, 33_554_435n, 1n],
  INT64: [2n ** 53n + 1n, -(2n ** 53n) - 1n, 2n ** 63n - 1n, -(2n ** 63n), 2n ** 24n + 1n, -1n],
  UINT64: [2n ** 53n + 1n, 2n ** 64n - 1n, 2n ** 63n + 1n, 2n ** 40n + 2n ** 16n + 1n, 2n ** 24n + 1n, 1n],
};
const INTEGERS = (Object.keys(DATATYPES) as Datatype[]).filter((name) => name.includes('INT'));

const inJson = (logits: readonly (number | bigint)[]) =>
  service.focalLoss(JSON.parse(`{"logits":[${logits}],"labels":[${LABELS}],"reduction":"sum"}`));

/** As float32, and 0 for −0, which JSON writes as 0. */
const unsigned = (value: number) => Math.fround(value) + 0;

async function inSafetensors(dtype: Dtype, values: readonly (number | bigint)[], source = 'logits') {
  const tensors = { [source]: { dtype, shape: SHAPE, values }, labels: { dtype: 'U8', shape: SHAPE, values: LABELS } };
  const response = await fetch(`${service.url}/v1/focal-loss`, {
    method: 'POST',
    headers: { 'content-type': 'application/vnd.safetensors' },
    body: new Uint8Array(tensorFile(tensors as never, { reduction: 'sum' })),
  });
  const bytes = Buffer.from(await response.arrayBuffer());
  assert.equal(response.status, 200, bytes.toString());
  const { tensors: read, metadata } = readTensorFile(bytes);
  return { ...JSON.parse(metadata.response!), gradients: read.gradients!.values } as Json;
}

for (const datatype of INTEGERS) {
  test(`logits ${datatype}: safetensors and binary Open Inference give the result of JSON`, async () => {
    for (const values of [SMALL, LARGE[datatype] ?? SMALL]) {
      const { loss, gradients } = await inJson(values);
      const file = await inSafetensors(DATATYPES[datatype], values);
      assert.deepEqual([file.loss, file.gradients.map(unsigned)], [loss, gradients.map(unsigned)]);
      const inputs = {
        labels: { datatype: 'UINT8', shape: SHAPE, values: LABELS, binary: true },
        logits: { datatype, shape: SHAPE, values, binary: true },
      } as const;
      const { outputs } = await service.infer(inferenceBody(inputs, { parameters: { reduction: 'sum' } }));
      assert.deepEqual([outputs.loss!.values, outputs.gradients!.values], [[loss], gradients]);
    }
  });
}

test('logits in the JSON of Open Inference, and probabilities', async () => {
  const inputs = {
    labels: { datatype: 'INT64', shape: SHAPE, values: LABELS, binary: false },
    logits: { datatype: 'INT16', shape: SHAPE, values: SMALL, binary: false },
  } as const;
  const { outputs } = await service.infer(inferenceBody(inputs, { parameters: { reduction: 'sum' } }));
  assert.deepEqual(outputs.loss!.values, [(await inJson(SMALL)).loss]);
  const probabilities = [0, 1, 0, 1, 1, 1];
  const { loss } = await service.focalLoss({ probabilities, labels: LABELS, reduction: 'sum' });
  assert.equal((await inSafetensors('I64', probabilities, 'probabilities')).loss, loss);
});

test('logits in shared memory are read from there', { skip }, async () => {
  const { loss } = await inJson(SMALL);
  for (const datatype of INTEGERS) {
    const bytes = encoded(DATATYPES[datatype], SMALL);
    const object = new SharedObject(bytes);
    await service.register('r', { key: object.key, byte_size: bytes.length });
    const logits = { name: 'logits', datatype, shape: SHAPE, parameters: inRegion('r', bytes.length, 0) };
    const labels = { name: 'labels', datatype: 'INT64', shape: SHAPE, data: LABELS };
    const { outputs } = await service.infer(jsonBody({ inputs: [logits, labels], parameters: { reduction: 'sum' } }));
    assert.deepEqual(outputs.loss!.values, [loss], datatype);
    await service.unregister('r');
  }
});

test('a large batch of integers, whose logits come last, has the loss of floats', async () => {
  const samples = 600_000;
  const values = Array.from({ length: 2 * samples }, (_, i) => (i % 17) - 8);
  const labels = { dtype: 'I32', shape: [samples], values: Array.from({ length: samples }, (_, i) => i % 2) } as const;
  const losses = await Promise.all(
    (['F32', 'I32', 'I8'] as const).map(async (dtype) => {
      const response = await fetch(`${service.url}/v1/focal-loss`, {
        method: 'POST',
        headers: { 'content-type': 'application/vnd.safetensors', accept: 'application/json' },
        body: new Uint8Array(
          tensorFile({ labels, logits: { dtype, shape: [samples, 2], values } }, { outputs: '["loss"]' }),
        ),
      });
      return ((await response.json()) as Json).loss;
    }),
  );
  assert.ok(losses[0] > 0);
  assert.deepEqual(losses, [losses[0], losses[0], losses[0]]);
});
