import assert from 'node:assert/strict';
import { test } from 'node:test';
import { MODEL_METADATA } from '../../src/codecs/open-inference/inference-model.ts';
import { BATCH, OPTIONS, startInferenceService } from '../helpers/http/inference-service.ts';
import { close } from '../helpers/loss/derivatives.ts';
import type { Json } from '../helpers/service.ts';
import { readTensorFile, tensorFile } from '../helpers/tensor-file.ts';

const service = await startInferenceService();

const LOGITS = [
  [2, -1, 0.5],
  [0, 1, -2],
  [1, 1, 3],
  [-1, 2, 0],
  [0.25, -0.5, 4],
];
// Class 0 three times, class 2 once, and one that is ignored.
const softmax = { activation: 'softmax', logits: LOGITS, labels: [0, 0, 2, -100, 0] };
const sigmoid = { logits: LOGITS, labels: [0, 0, 2, -100, 9], background_index: 9 };
const resultOf = async (batch: object) => {
  const {
    engine: _,
    duration_ms: __,
    ...response
  } = await service.focalLoss({ ...batch, outputs: ['loss', 'gradients'] });
  return response;
};

/** Checks that a scheme gives the same result as the alphas that its response reports. */
async function sameAs(batch: object, scheme: object, expected: readonly number[]): Promise<void> {
  const { alpha, ...byScheme } = await resultOf({ ...batch, alpha: scheme });
  assert.deepEqual(alpha, expected);
  const largest = Math.max(1, ...expected);
  const scaled = expected.map((a) => a / largest);
  const byHand = await resultOf({ ...batch, alpha: scaled });
  close(byScheme.loss, byHand.loss * largest, 1e-6);
  byScheme.gradients.flat().forEach((gradient: number, i: number) => {
    close(gradient, byHand.gradients.flat()[i] * largest, 1e-6);
  });
}

test('a scheme gives the result of the alphas that it reports', async () => {
  await sameAs(softmax, { balanced: true }, [4 / 6, 1, 2]);
  await sameAs(sigmoid, { balanced: true }, [0.5, 1, 0.75]);
  await sameAs(softmax, { effective_number: { beta: 0 } }, [1, 1, 1]);
  // 1 − 0.5^n is 1/2, 3/4 and 1023/1024.
  const [a, b, c] = [2, 4 / 3, 1024 / 1023];
  const { alpha } = await service.focalLoss({
    ...softmax,
    alpha: { effective_number: { beta: 0.5, class_counts: [1, 2, 10] } },
  });
  [a, b, c].forEach((inverse, i) => {
    close(alpha[i], (3 * inverse) / (a + b + c), 1e-15);
  });
  const counted = { beta: 0.5, class_counts: [1, 2, 0] };
  // Of 3 samples: 1 to 2, 2 to 1 and 0 to 3. Of 4: 1 to 3, 2 to 2 and 0 to 4.
  await sameAs(sigmoid, { effective_number: counted }, [0.6, 0.4, 1]);
  await sameAs(sigmoid, { effective_number: { ...counted, samples: 4 } }, [0.875 / 1.375, 0.5, 1]);
});

test('without a scheme, the response has no alpha', async () => {
  for (const alpha of [undefined, null, 0.5, [0.1, 0.2, 0.3]]) {
    assert.equal('alpha' in (await service.focalLoss({ ...softmax, alpha })), false);
  }
});

test('sample weights and label smoothing do not change the counts of a scheme', async () => {
  const plain = await service.focalLoss({ ...sigmoid, alpha: { balanced: true } });
  const changed = { ...sigmoid, sample_weights: [1, 2, 3, 4, 5], label_smoothing: 0.9, alpha: { balanced: true } };
  assert.deepEqual((await service.focalLoss(changed)).alpha, plain.alpha);
});

test('a safetensors request has the scheme as JSON in its metadata, and the response has alpha as a tensor', async () => {
  const file = (alpha: string) =>
    tensorFile(
      {
        logits: { dtype: 'F32', shape: [5, 3], values: LOGITS.flat() },
        labels: { dtype: 'I32', shape: [5], values: softmax.labels },
      },
      { activation: 'softmax', alpha },
    );
  const post = (alpha: string, accept: string) =>
    fetch(`${service.url}/v1/focal-loss`, {
      method: 'POST',
      headers: { 'content-type': 'application/vnd.safetensors', accept },
      body: new Uint8Array(file(alpha)),
    });
  const response = await post('{"balanced": true}', '*/*');
  const { tensors, metadata } = readTensorFile(Buffer.from(await response.arrayBuffer()));
  assert.deepEqual(tensors.alpha, { dtype: 'F64', shape: [3], values: [4 / 6, 1, 2] });
  assert.equal('alpha' in JSON.parse(metadata.response!), false);
  const problem = (await (await post('{"balance": true}', 'application/json')).json()) as Json;
  assert.equal(problem.errors[0].pointer, '/alpha/balance');
});

test('an Open Inference request has the scheme as JSON text in a parameter, and the response has alpha as an output', async () => {
  const { alpha: _, gamma: __, class_weights: ___, ...batch } = BATCH;
  const inputs = [
    { name: 'logits', datatype: 'FP32', shape: [3, 4], data: batch.logits.flat() },
    { name: 'labels', datatype: 'INT64', shape: [3], data: [0, 2, 0] },
  ];
  const body = (alpha: unknown, outputs?: object[]) => ({
    body: Buffer.from(JSON.stringify({ inputs, parameters: { ...OPTIONS, alpha }, ...(outputs && { outputs }) })),
  });
  const expected = { datatype: 'FP64', shape: [4], values: [0.75, 1, 1.5, 1], binary: false };
  for (const outputs of [undefined, [{ name: 'loss' }, { name: 'alpha' }]]) {
    assert.deepEqual((await service.infer(body('{"balanced": true}', outputs))).outputs.alpha, expected);
  }
  const binary = [{ name: 'alpha', parameters: { binary_data: true } }];
  const asBytes = await service.infer(body('{"balanced": true}', binary));
  assert.deepEqual(asBytes.outputs.alpha, { ...expected, binary: true });
  assert.equal('alpha' in (await service.infer(body('0.5'))).outputs, false);
  await service.rejects(body('0.5', [{ name: 'alpha' }]), /^\/outputs: expected no alpha/);
  const all = MODEL_METADATA.outputs.map(({ name }) => ({ name }));
  // Smoothed labels have no posterior.
  const parameters = { ...OPTIONS, alpha: 0.5, label_smoothing: 0 };
  const request = { body: Buffer.from(JSON.stringify({ inputs, parameters, outputs: all })) };
  const chosenByMetadata = (await service.infer(request)).outputs;
  assert.deepEqual(['alpha' in chosenByMetadata, 'hessian_diagonal' in chosenByMetadata], [false, true]);
  await service.rejects(body('{"balanced": 1}'), /^\/alpha\/balanced: expected true, got 1$/);
});

const WRONG: [object, string, RegExp][] = [
  [{}, '/alpha', /^expected exactly one of "balanced" and "effective_number", got neither$/],
  [{ balanced: true, effective_number: { beta: 0.9 } }, '/alpha', /got both$/],
  [{ ballanced: true }, '/alpha/ballanced', /^unknown field "ballanced"; did you mean "balanced"\?$/],
  [{ balanced: false }, '/alpha/balanced', /^expected true, got false$/],
  [{ effective_number: 0.9 }, '/alpha/effective_number', /^expected an object, got 0.9$/],
  [{ effective_number: {} }, '/alpha/effective_number/beta', /got nothing$/],
  [{ effective_number: { beta: 1 } }, '/alpha/effective_number/beta', /^expected a number < 1, got 1$/],
  [{ effective_number: { beta: -0.1 } }, '/alpha/effective_number/beta', /^expected a number ≥ 0, got -0.1$/],
  [{ effective_number: { beta: null } }, '/alpha/effective_number/beta', /^expected a number, got null$/],
  [{ effective_number: { beta: 0.9, class_count: [1] } }, '/alpha/effective_number/class_count', /"class_counts"\?$/],
];
const WRONG_COUNTS: [unknown, string, RegExp][] = [
  [[1, 2], '/alpha/effective_number/class_counts', /^expected one count per class, 3, got 2$/],
  [[], '/alpha/effective_number/class_counts', /got 0$/],
  [7, '/alpha/effective_number/class_counts', /^expected an array/],
  [[1, -2, 3], '/alpha/effective_number/class_counts/1', /^expected an integer from 0 to 2\^53 − 1, got -2$/],
  [[1, 2, 0.5], '/alpha/effective_number/class_counts/2', /got 0.5$/],
  [[2 ** 53, 2, 1], '/alpha/effective_number/class_counts/0', /got 9007199254740992$/],
  [[1, null, 1], '/alpha/effective_number/class_counts/1', /got null$/],
];

test('errors in a scheme are reported with their location', async () => {
  const counted = WRONG_COUNTS.map(
    ([class_counts, ...rest]) => [{ effective_number: { beta: 0.9, class_counts } }, ...rest] as const,
  );
  for (const [alpha, pointer, message] of [...WRONG, ...counted]) {
    const { errors } = await service.problem({ ...sigmoid, alpha }, 'invalid_request');
    assert.equal(errors[0]?.pointer, pointer);
    assert.match(errors[0]!.message, message);
  }
  const infinite = JSON.stringify({ ...sigmoid, alpha: 0 }).replace(
    '"alpha":0',
    '"alpha":{"effective_number":{"beta":0.9,"class_counts":[1,1e999,1]}}',
  );
  const { errors } = await service.problem(infinite, 'invalid_request');
  assert.equal(errors[0]?.pointer, '/alpha/effective_number/class_counts/1');
});

test('`samples` needs class counts and sigmoid, and is at least the largest count', async () => {
  const rejects = async (batch: object, scheme: object, message: RegExp) => {
    const { errors } = await service.problem({ ...batch, alpha: { effective_number: scheme } }, 'invalid_request');
    assert.equal(errors[0]?.pointer, '/alpha/effective_number/samples');
    assert.match(errors[0]!.message, message);
  };
  const class_counts = [5, 2, 0];
  await rejects(sigmoid, { beta: 0.9, samples: 10 }, /^expected none, as without class_counts .*; got 10$/);
  await rejects(
    softmax,
    { beta: 0.9, class_counts, samples: 10 },
    /^expected none, as softmax has no negatives; got 10$/,
  );
  await rejects(sigmoid, { beta: 0.9, class_counts, samples: 4 }, /^expected at least 5, .* class 0 has; got 4$/);
  await rejects(sigmoid, { beta: 0.9, class_counts, samples: 2.5 }, /^expected an integer, got 2.5$/);
});

test('a million wrong counts are reported as one issue', async () => {
  const class_counts = Array(1_000_000).fill(-1);
  const { errors, more } = await service.problem(
    { ...sigmoid, alpha: { effective_number: { beta: 0.9, class_counts } } },
    'invalid_request',
  );
  assert.deepEqual([errors.length, more], [1, 0]);
});
