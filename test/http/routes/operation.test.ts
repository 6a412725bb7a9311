import assert from 'node:assert/strict';
import { test } from 'node:test';
import { engineInfoSchema } from '../../../src/http/routes/engine-info.ts';
import { startTestService } from '../../helpers/service.ts';

const service = await startTestService('--queue-limit', '7');

/** What `auto` tries, in order; the last is there on every machine. */
const CANDIDATES = ['cuda', 'webgpu', 'wasm'];

test('the health routes report live and ready', async () => {
  assert.deepEqual((await service.http.get('/health/live')).body, { status: 'live' });
  assert.deepEqual((await service.http.get('/health/ready')).body, { status: 'ready' });
});

test('the engine route reports the engine, its self-test and the limits in force', async () => {
  const { status, body } = await service.http.get('/v1/engine');
  assert.equal(status, 200);
  const engine = engineInfoSchema.parse(body);
  assert.equal(engine.requested, 'auto');
  assert.deepEqual(
    engine.skipped.map(({ name }) => name),
    CANDIDATES.slice(0, CANDIDATES.indexOf(engine.name)),
  );
  for (const { reason } of engine.skipped) assert.match(reason, /\w/);
  assert.deepEqual(
    engine.inline,
    engine.name === 'wasm' ? { max_elements: 4096 } : { ...engine.inline, max_elements: 0 },
  );
  assert.equal(engine.limits.queue_limit, 7);
  assert.equal(engine.versions.node, process.versions.node);
  assert.ok(engine.self_test.worst_relative_error < engine.self_test.tolerance);
});

test('a response reports its durations', async () => {
  const { duration_ms, engine } = await service.focalLoss({ logits: [1], labels: [1] });
  assert.ok(CANDIDATES.includes(engine.name));
  for (const part of ['queue', 'decode', 'compute', 'encode']) assert.ok(duration_ms[part] >= 0);
  if (engine.name === 'wasm') assert.equal(duration_ms.queue, 0); // It did not wait for a thread.
});

test('a response has only the requested outputs', async () => {
  const request = { logits: [[1, 2]], labels: [1] };
  const always = ['denominator', 'counts', 'options', 'engine', 'duration_ms'];
  const fieldsFor = async (outputs: string[]) => Object.keys(await service.focalLoss({ ...request, outputs }));
  assert.deepEqual(await fieldsFor([]), always);
  assert.deepEqual((await fieldsFor(['loss'])).sort(), ['loss', 'sum', ...always].sort());
  assert.deepEqual(
    (await fieldsFor(['hessian', 'elementwise'])).sort(),
    ['hessian_diagonal', 'elementwise', ...always].sort(),
  );
});

test('with reduction none, the loss is null and the gradients are those of the sum', async () => {
  const request = {
    logits: [
      [1, -2],
      [0.5, 3],
    ],
    labels: [
      [1, 0],
      [0, 1],
    ],
  };
  const none = await service.focalLoss({
    ...request,
    reduction: 'none',
    outputs: ['loss', 'gradients', 'elementwise'],
  });
  const sum = await service.focalLoss({ ...request, reduction: 'sum' });
  assert.equal(none.loss, null);
  assert.deepEqual([none.sum, none.gradients], [sum.sum, sum.gradients]);
  assert.deepEqual(
    none.elementwise.map((row: number[]) => row.length),
    [2, 2],
  );
});

test('gradients have the shape of the predictions, for rank 1 to 5 and any class axis', async () => {
  for (const shape of [[4], [2, 3], [2, 3, 2], [1, 2, 2, 3], [1, 2, 1, 3, 2]]) {
    for (let axis = 0; axis < shape.length; axis++) {
      const filled = (sizes: number[]): unknown =>
        sizes.length === 0 ? 0.5 : Array(sizes[0]).fill(filled(sizes.slice(1)));
      const rank1 = shape.length === 1;
      const indices = JSON.parse(
        JSON.stringify(filled(rank1 ? shape : shape.toSpliced(axis, 1))).replaceAll('0.5', '1'),
      );
      const response = await service.focalLoss({
        logits: filled(shape),
        labels: indices,
        class_axis: rank1 ? -1 : axis,
        ignore_index: 7,
        background_index: rank1 || shape[axis]! > 1 ? undefined : 1,
        outputs: ['gradients', 'loss'],
      });
      const shapeOf = (value: unknown): number[] => (Array.isArray(value) ? [value.length, ...shapeOf(value[0])] : []);
      assert.deepEqual(shapeOf(response.gradients), shape);
      assert.equal(response.counts.classes, rank1 ? 1 : shape[axis]);
    }
  }
});

test('the docs page loads only files of this service, and its policy allows no others', async () => {
  const page = await service.http.get('/docs/').redirects(1);
  assert.equal(page.status, 200);
  const loaded = [...page.text.matchAll(/(?:src|href)="([^"#]+)"/g)].map((match) => match[1]!);
  assert.ok(loaded.length >= 4);
  for (const url of loaded) {
    assert.doesNotMatch(url, /^(?:https?:)?\/\//);
    assert.equal((await service.http.get(new URL(url, 'http://x/docs').pathname)).status, 200, url);
  }
  assert.match(page.headers['content-security-policy'] ?? '', /^default-src 'none'/);
});

test('a client that disconnects does not affect the responses of others', async () => {
  const body = JSON.stringify({ logits: Array(60_000).fill(0.5), labels: Array(60_000).fill(1) });
  const request = { logits: Array(60_000).fill(-1), labels: Array(60_000).fill(0), outputs: ['gradients'] };
  const [expected] = (await service.focalLoss(request)).gradients;
  for (let i = 0; i < 20; i++) {
    const abortController = new AbortController();
    const lost = fetch(`${service.url}/v1/focal-loss`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body,
      signal: abortController.signal,
    }).catch(() => undefined);
    setTimeout(() => abortController.abort(), i);
    const responses = await Promise.all([1, 2].map(() => service.focalLoss(request)));
    await lost;
    for (const { gradients } of responses) assert.ok(gradients.every((gradient: number) => gradient === expected));
  }
});
