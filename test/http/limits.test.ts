import assert from 'node:assert/strict';
import { test } from 'node:test';
import { startTestService } from '../helpers/service.ts';
import { tensorFile } from '../helpers/tensor-file.ts';

// Requests that could take memory or time out of proportion to their size.

const service = await startTestService();

const sweep = (body: string) =>
  service.http.post('/v1/focal-loss/sweep').set('content-type', 'application/json').send(body);

const hostile = {
  'ten million brackets': '['.repeat(10_000_000),
  'the same, closed': '['.repeat(5_000_000) + ']'.repeat(5_000_000),
  'as a tensor': `{"labels":[1],"logits":${'['.repeat(5_000_000)}${']'.repeat(5_000_000)}}`,
  'as an option': `{"labels":[1],"logits":[1],"gamma":${'['.repeat(5_000_000)}${']'.repeat(5_000_000)}}`,
  'as class names': `{"labels":[1],"logits":[1],"class_names":${'['.repeat(5_000_000)}${']'.repeat(5_000_000)}}`,
  objects: '{"a":'.repeat(2_000_000),
  'empty arrays': `{"labels":[1],"logits":[${'[],'.repeat(5_000_000)}[]]}`,
  'empty objects': `{"labels":[1],"logits":[${'{},'.repeat(5_000_000)}{}]}`,
  names: `{${Array.from({ length: 500_000 }, (_, i) => `"${i}":0`).join()}}`,
};

for (const [name, body] of Object.entries(hostile)) {
  test(`${name}: rejected before anything is parsed`, async () => {
    const { detail } = await service.problem(body, 'malformed_body');
    assert.match(detail, /^The body is not read: expected (arrays and objects|members) at most \d+ .*, got more$/);
    const swept = await sweep(body);
    assert.deepEqual([swept.status, swept.body.detail], [400, detail]);
  });
}

test('a value just within the nesting limit is reported with its location in a sweep', async () => {
  const deep = '['.repeat(63) + ']'.repeat(63);
  for (const field of ['gammas', 'alphas', 'class_names', 'unknown']) {
    const others = field === 'gammas' ? '' : '"gammas":[1],';
    const { status, body } = await sweep(`{"labels":[1],"logits":[1],${others}"${field}":${deep}}`);
    assert.equal(status, 422);
    assert.ok(body.errors[0].pointer.startsWith(`/${field}`), field);
  }
});

test('a value just within the nesting limit is reported with its location', async () => {
  const deep = '['.repeat(63) + ']'.repeat(63);
  for (const field of ['gamma', 'alpha', 'class_names', 'outputs', 'class_axis', 'sample_weights', 'unknown']) {
    const { errors } = await service.problem(`{"labels":[1],"logits":[1],"${field}":${deep}}`, 'invalid_request');
    assert.ok(errors[0]?.pointer.startsWith(`/${field}`), field);
  }
  await service.problem(deep, 'invalid_request');
});

test('more classes than the limit are rejected, in JSON and safetensors', async () => {
  const outputs = ['loss'];
  const logits = [Array(40_000).fill(0)];
  const breakdown = await service.problem({ logits, labels: [1], activation: 'softmax' }, 'invalid_request');
  assert.equal(breakdown.errors[0]?.pointer, '/outputs');
  assert.match(breakdown.detail, /max_breakdown_classes/);
  const { counts } = await service.focalLoss({ logits, labels: [1], activation: 'softmax', outputs });
  assert.equal(counts.classes, 40_000);

  const classes = 262_145;
  const { detail } = await service.problem(
    { logits: [Array(classes).fill(0)], labels: [1], outputs },
    'invalid_request',
  );
  assert.match(detail, /expected at most 262144 classes \(max_classes\), got 262145/);
  const file = tensorFile({
    logits: { dtype: 'F16', shape: [1, classes], values: Array(classes).fill(0) },
    labels: { dtype: 'U8', shape: [1], values: [1] },
  });
  const { status, body } = await service.http
    .post('/v1/focal-loss')
    .set({ 'content-type': 'application/vnd.safetensors', accept: 'application/json' })
    .send(file);
  assert.deepEqual([status, body.code], [422, 'invalid_request']);
  assert.match(body.detail, /max_classes/);
});

test('a JSON response has a limit on its numbers; a binary response may have more', async () => {
  const samples = 6_000_000;
  const file = tensorFile(
    {
      logits: { dtype: 'F16', shape: [samples], values: Array(samples).fill(0) },
      labels: { dtype: 'U8', shape: [samples], values: Array(samples).fill(1) },
    },
    { outputs: '["gradients", "hessian", "elementwise"]' },
  );
  const post = (accept: string) =>
    service.http.post('/v1/focal-loss').set({ 'content-type': 'application/vnd.safetensors', accept }).send(file);
  const { status, body } = await post('application/json');
  assert.equal(status, 422);
  assert.match(body.detail, /^\/outputs: expected at most 16777216 numbers .*\(max_json_numbers\), got 18000000/);
  assert.equal((await post('application/vnd.safetensors')).status, 200);
});

test('the engine route reports the limits', async () => {
  const { limits } = (await service.http.get('/v1/engine')).body;
  assert.equal(limits.max_classes, 262_144);
  assert.equal(limits.max_breakdown_classes, 32_768);
  assert.deepEqual([limits.max_sweep_points, limits.max_sweep_shares], [256, 2_097_152]);
  assert.equal(limits.max_elements, 268_435_456);
  assert.equal(limits.max_json_numbers, 16_777_216);
  assert.deepEqual([limits.max_rank, limits.max_json_depth], [5, 64]);
  assert.deepEqual([limits.max_headers, limits.max_header_bytes], [100, 16_384]);
});
