import assert from 'node:assert/strict';
import { test } from 'node:test';
import { startInferenceService } from '../helpers/http/inference-service.ts';
import { inferenceBody } from '../helpers/inference-body.ts';
import type { Json } from '../helpers/service.ts';
import { type FileTensors, tensorFile } from '../helpers/tensor-file.ts';

// What padding, masks and batches without objects are made of: predictions that do not count, whatever they are.

const service = await startInferenceService();
const NAN = Number.NaN;

async function post(tensors: FileTensors, options: Record<string, unknown> = {}): Promise<Json> {
  const entries = Object.entries(options).map(([name, value]) => [name, JSON.stringify(value)]);
  const response = await fetch(`${service.url}/v1/focal-loss`, {
    method: 'POST',
    headers: { 'content-type': 'application/vnd.safetensors', accept: 'application/json' },
    body: new Uint8Array(tensorFile(tensors, Object.fromEntries(entries))),
  });
  return response.json();
}

test('a mask of 255 everywhere, with logits that are NaN', async () => {
  for (const pixels of [6, 100_000]) {
    for (const activation of ['sigmoid', 'softmax']) {
      const values = new Array<number>(2 * pixels).fill(NAN);
      const { loss, sum, gradients, counts, per_class } = await post(
        {
          logits: { dtype: 'F32', shape: [1, 2, pixels], values },
          labels: { dtype: 'U8', shape: [1, pixels], values: new Array<number>(pixels).fill(255) },
        },
        { activation, class_axis: 1, ignore_index: 255 },
      );
      assert.deepEqual([loss, sum], [0, 0]);
      assert.equal(counts.ignored, 2 * pixels);
      assert.ok(gradients.flat(2).every((gradient: number) => gradient === 0));
      assert.deepEqual(
        per_class.map(({ ignored }: Json) => ignored),
        [pixels, pixels],
      );
      assert.deepEqual([per_class[0].loss.share, per_class[0].mean_pt.positive], [null, null]);
    }
  }
});

test('three images of which one has no matched box, and whose logits there are what padding left', async () => {
  const boxes = [
    [1.5, -2],
    [-0.5, 0.25],
    [-3, -1],
  ];
  const labels = [0, 1, -1];
  const json = { logits: boxes, labels, background_index: -1, normalizer: 'positives' };
  const alone = await service.focalLoss(json);
  // σ(x) and the focal terms of γ 2, α 0.25, one by one.
  const term = (x: number, isPositive: boolean) => {
    const p = 1 / (1 + Math.exp(-x));
    return isPositive ? -0.25 * (1 - p) ** 2 * Math.log(p) : -0.75 * p ** 2 * Math.log(1 - p);
  };
  const sum = boxes.flat().reduce((total, x, i) => total + term(x, labels[Math.floor(i / 2)] === i % 2), 0);
  assert.ok(Math.abs(alone.loss / (sum / 2) - 1) < 1e-6);

  const unmatched = await service.focalLoss({ ...json, labels: [0, -1, -1] });
  assert.equal(unmatched.denominator, 1);
  const images = await service.focalLoss({
    ...json,
    logits: [boxes, boxes, boxes],
    labels: [labels, [-1, -1, -1], labels],
  });
  const ofNegatives = boxes.flat().reduce((total, x) => total + term(x, false), 0);
  assert.equal(images.denominator, 4);
  assert.ok(Math.abs(images.sum / (2 * sum + ofNegatives) - 1) < 1e-6);
  assert.ok(images.gradients[1].flat().every((gradient: number) => gradient > 0));

  // Padded to four boxes, of weight 0: the same loss, and no gradient.
  const padded = await post(
    {
      logits: { dtype: 'F32', shape: [4, 2], values: [...boxes.flat(), NAN, Number.NEGATIVE_INFINITY] },
      labels: { dtype: 'I64', shape: [4], values: [...labels, -1] },
      sample_weights: { dtype: 'F32', shape: [4], values: [1, 1, 1, 0] },
    },
    { background_index: -1, normalizer: 'positives' },
  );
  assert.deepEqual([padded.loss, padded.gradients], [alone.loss, [...alone.gradients, [0, 0]]]);
});

test('a class of weight 0 under sigmoid, but not within a softmax row', async () => {
  const tensors: FileTensors = {
    logits: { dtype: 'F32', shape: [2, 3], values: [1, 2, NAN, -1, 0.5, Number.NEGATIVE_INFINITY] },
    labels: { dtype: 'I64', shape: [2], values: [0, 1] },
    class_weights: { dtype: 'F32', shape: [3], values: [1, 2, 0] },
  };
  const { loss, gradients, per_class } = await post(tensors);
  const { loss: expected } = await service.focalLoss({
    logits: [
      [1, 2, 0],
      [-1, 0.5, 0],
    ],
    labels: [0, 1],
    class_weights: [1, 2, 0],
  });
  assert.equal(loss, expected);
  assert.deepEqual(
    gradients.map((row: number[]) => row[2]),
    [0, 0],
  );
  assert.deepEqual([per_class[2].negatives, per_class[2].false_positives, per_class[2].loss.total], [2, 0, 0]);
  const { detail } = await post(tensors, { activation: 'softmax' });
  assert.match(detail, /^\/logits\/0\/2: expected a number finite as float32 .*, got NaN: only where it is ignored or/);
  const row = { ...tensors, labels: { dtype: 'I64' as const, shape: [2], values: [2, 2] } };
  assert.equal((await post(row, { activation: 'softmax' })).loss, 0);
});

test('probabilities', async () => {
  for (const activation of ['sigmoid', 'softmax']) {
    const { loss, gradients, counts } = await post(
      {
        probabilities: { dtype: 'F32', shape: [3, 2], values: [0.25, 0.75, NAN, 7, -1, 0.5] },
        labels: { dtype: 'I64', shape: [3], values: [1, -100, 0] },
        sample_weights: { dtype: 'F32', shape: [3], values: [1, 1, 0] },
      },
      { activation, reduction: 'sum' },
    );
    const expected = await service.focalLoss({
      probabilities: [[0.25, 0.75]],
      labels: [1],
      activation,
      reduction: 'sum',
    });
    assert.deepEqual([loss, gradients], [expected.loss, [...expected.gradients, [0, 0], [0, 0]]]);
    assert.equal(counts.ignored, 2);
  }
});

test('Open Inference, and a sweep', async () => {
  const logits = { datatype: 'FP32', shape: [2, 2], values: [1, -1, NAN, NAN], binary: true } as const;
  const labels = { datatype: 'INT64', shape: [2], values: [0, -100], binary: true } as const;
  const { outputs } = await service.infer(inferenceBody({ logits, labels }));
  const expected = await service.focalLoss({ logits: [[1, -1]], labels: [0] });
  assert.deepEqual(outputs.loss!.values, [expected.loss]);
  assert.deepEqual(outputs.gradients!.values, [...expected.gradients.flat(), 0, 0]);
  await service.rejects(
    inferenceBody({ logits, labels: { ...labels, values: [0, 1] } }),
    /^\/logits\/1\/0: .*, got NaN: only where it is ignored or has weight 0 may it be NaN/,
  );
  const grid = { gammas: '[0, 2]', alphas: '[null, 0.25]' };
  const response = await fetch(`${service.url}/v1/focal-loss/sweep`, {
    method: 'POST',
    headers: { 'content-type': 'application/vnd.safetensors' },
    body: new Uint8Array(
      tensorFile(
        {
          logits: { dtype: 'F32', shape: [2, 2], values: [1, -1, NAN, NAN] },
          labels: { dtype: 'I64', shape: [2], values: [0, -100] },
        },
        grid,
      ),
    ),
  });
  const { grid: points } = (await response.json()) as Json;
  assert.ok(Math.abs(points[3].loss / expected.loss - 1) < 1e-6); // By another kernel.
});
