import assert from 'node:assert/strict';
import { test } from 'node:test';
import { sweepResponseSchema } from '../../../src/codecs/sweep/sweep-response-schema.ts';
import { mulberry32 } from '../../harness/mulberry32.ts';
import { close } from '../../helpers/loss/derivatives.ts';
import { type Json, startTestService } from '../../helpers/service.ts';
import { tensorFile } from '../../helpers/tensor-file.ts';

const service = await startTestService();
const JSON_TYPE = 'application/json';
const SAFETENSORS = 'application/vnd.safetensors';
const random = mulberry32(3);
const LOGITS = Array.from({ length: 30 }, () => Array.from({ length: 4 }, () => Math.fround(8 * random() - 4)));
const INDICES = LOGITS.map((_, i) => (i % 9 === 8 ? -100 : (i * i) % 4));
const SOFT = LOGITS.map((row) => row.map(() => random()));
const GRID = { gammas: [0, 0.5, 2], alphas: [null, 0.25, [0.1, 0.9, 0.4, 0.6], { balanced: true }] };
const PAIRS = GRID.gammas.flatMap((gamma) => GRID.alphas.map((alpha) => ({ gamma, alpha })));

const post = (body: unknown, type = JSON_TYPE, accept = '*/*') =>
  fetch(`${service.url}/v1/focal-loss/sweep`, {
    method: 'POST',
    headers: { 'content-type': type, accept },
    body: body instanceof Uint8Array ? new Uint8Array(body) : typeof body === 'string' ? body : JSON.stringify(body),
  });

async function sweep(body: unknown, type = JSON_TYPE): Promise<Json> {
  const response = await post(body, type);
  const text = await response.text();
  assert.equal(response.status, 200, text.slice(0, 500));
  assert.match(response.headers.get('content-type')!, /^application\/json/);
  return sweepResponseSchema.parse(JSON.parse(text));
}

async function rejects(body: unknown, pointer: string, message: RegExp): Promise<void> {
  const response = await post(body);
  const problem = (await response.json()) as Json;
  assert.equal(response.status, 422, JSON.stringify(problem).slice(0, 500));
  const error = problem.errors.find((each: Json) => each.pointer === pointer);
  assert.ok(error, `no issue about ${pointer} in ${JSON.stringify(problem.errors)}`);
  assert.match(error.message, message);
}

/** A point against what the single route responses for its pair. */
async function checkPoint(point: Json, batch: object, { gamma, alpha }: { gamma: number; alpha: unknown }) {
  assert.deepEqual([point.gamma, point.alpha], [gamma, alpha]);
  const outputs = ['loss', 'gradients', 'per_class'];
  const one = await service.focalLoss({ ...batch, gamma, alpha, outputs });
  const { per_class: classes } = one;
  const gradients: number[] = one.gradients.flat();
  const sum = (of: (c: Json) => number) => classes.reduce((total: number, c: Json) => total + of(c), 0);
  const l1 = gradients.reduce((total, g) => total + Math.abs(g), 0);
  const squares = gradients.reduce((total, g) => total + g * g, 0);
  assert.deepEqual(point.alpha_weights, one.alpha);
  close(point.loss, one.loss, 1e-6);
  close(point.positive_share.loss, sum((c) => c.loss.positive) / one.loss, 1e-6);
  close(point.positive_share.gradient_l1, sum((c) => c.gradient_l1.positive) / sum((c) => c.gradient_l1.total), 1e-6);
  close(point.gradient_norm, Math.sqrt(squares), 1e-6);
  close(point.effective_examples, l1 ** 2 / squares, 1e-6);
  classes.forEach((c: Json, i: number) => {
    close(point.class_loss_shares[i], c.loss.share, 1e-6);
    close(point.class_gradient_shares[i], c.gradient_l1.share, 1e-6);
  });
}

const BATCHES: Record<string, object> = {
  'sigmoid, class indices': { logits: LOGITS, labels: INDICES, class_names: ['a', 'b', 'c', 'd'] },
  'sigmoid, soft labels': { logits: LOGITS, labels: SOFT, normalizer: 'samples' },
  'sigmoid, smoothed': { logits: LOGITS, labels: INDICES, label_smoothing: 0.1, class_weights: [1, 2, 0.5, 3] },
  softmax: {
    logits: LOGITS,
    labels: INDICES,
    activation: 'softmax',
    sample_weights: LOGITS.map((_, i) => (i % 5) / 2),
  },
};
for (const [name, batch] of Object.entries(BATCHES)) {
  test(`${name}: every pair has the result of the single route`, async () => {
    const response = await sweep({ ...batch, ...GRID });
    const { counts, denominator, per_class, loss } = await service.focalLoss({ ...batch, gamma: 0, alpha: null });
    assert.deepEqual([response.counts, response.denominator], [counts, denominator]);
    close(response.cross_entropy, loss, 1e-6);
    assert.deepEqual(
      response.classes,
      per_class.map((c: Json) => ({
        class: c.class,
        ...(c.name && { name: c.name }),
        positives: c.positives,
        negatives: c.negatives,
        ignored: c.ignored,
      })),
    );
    assert.equal(response.grid.length, PAIRS.length);
    for (const [i, pair] of PAIRS.entries()) await checkPoint(response.grid[i], batch, pair);
  });
}

test('without alphas, a sweep uses the default alpha', async () => {
  for (const [activation, alpha] of [
    ['sigmoid', 0.25],
    ['softmax', null],
  ] as const) {
    const { grid } = await sweep({ logits: LOGITS, labels: INDICES, activation, gammas: [1] });
    assert.deepEqual(
      grid.map((point: Json) => point.alpha),
      [alpha],
    );
  }
});

test('a safetensors file gives the same response, in JSON', async () => {
  const file = tensorFile(
    {
      logits: { dtype: 'F32', shape: [30, 4], values: LOGITS.flat() },
      labels: { dtype: 'I64', shape: [30], values: INDICES },
    },
    { gammas: JSON.stringify(GRID.gammas), alphas: JSON.stringify(GRID.alphas) },
  );
  const { engine: _, duration_ms: __, ...expected } = await sweep({ logits: LOGITS, labels: INDICES, ...GRID });
  for (const type of [SAFETENSORS, 'application/octet-stream']) {
    const { engine: ___, duration_ms: ____, ...response } = await sweep(file, type);
    assert.deepEqual(response, expected);
  }
});

test('a large response, which a codec thread writes, equals a small one', async () => {
  const labels = Array.from({ length: 300 }, (_, i) => (i * 7) % 300);
  const logits = labels.map((_, i) => labels.map((__, c) => Math.fround(Math.sin(i * 31 + c))));
  const gammas = Array.from({ length: 32 }, (_, i) => i / 4);
  const { grid } = await sweep({ logits, labels, gammas });
  const { grid: alone } = await sweep({ logits, labels, gammas: [3.25] });
  assert.deepEqual(grid[13], alone[0]);
});

test('a response of the longest numbers fits its buffer', async () => {
  const scheme = { beta: 0.12345678901234566, class_counts: [1, 2], samples: 2 ** 53 - 1 };
  const { grid } = await sweep({
    logits: LOGITS.map(([a, b]) => [a, b]),
    labels: LOGITS.map((_, i) => i % 2),
    gammas: Array(256).fill(1.2345678901234567e-30),
    alphas: [{ effective_number: scheme }],
    class_weights: [1.2345678901234567e-30, 2.345678901234568e-31],
    class_names: ['\u0000'.repeat(256), '"'.repeat(256)],
  });
  assert.deepEqual(grid[255].alpha, { effective_number: scheme });
});

test('with a denominator of zero, the results are null or zero', async () => {
  const { grid, cross_entropy } = await sweep({ logits: [[1, 2]], labels: [-100], gammas: [2] });
  assert.equal(cross_entropy, 0);
  assert.deepEqual(grid[0].positive_share, { loss: null, gradient_l1: null });
  assert.deepEqual([grid[0].loss, grid[0].gradient_norm, grid[0].effective_examples], [0, 0, null]);
  assert.deepEqual(grid[0].class_loss_shares, [null, null]);
});

const GOOD = { logits: LOGITS, labels: INDICES, gammas: [1, 2] };
const pairs = (gammas: number, alphas: number) => ({ gammas: Array(gammas).fill(1), alphas: Array(alphas).fill(0.5) });

test('errors are reported with their location', async () => {
  const { gammas: _, ...without } = GOOD;
  await rejects(without, '/gammas', /got nothing$/);
  for (const [change, pointer, message] of [
    [{ gamma: 2 }, '/gamma', /^unknown field "gamma"; a sweep takes a list, "gammas"$/],
    [{ alpha: 0.5 }, '/alpha', /^unknown field "alpha"; a sweep takes a list, "alphas"$/],
    [{ outputs: ['loss'] }, '/outputs', /^unknown field "outputs"; a sweep has fixed outputs$/],
    [{ gradients_dtype: 'F16' }, '/gradients_dtype', /a sweep returns no gradients$/],
    [{ gamas: [1] }, '/gamas', /did you mean "gammas"\?$/],
    [{ gammas: 2 }, '/gammas', /^expected an array, each item a number ≥ 0, finite as float32, got 2$/],
    [{ gammas: [] }, '/gammas', /^expected at least one, got an empty array$/],
    [{ alphas: [] }, '/alphas', /^expected at least one, got an empty array$/],
    [{ gammas: [1, -1] }, '/gammas/1', /^expected a number ≥ 0, finite as float32, got -1$/],
    [{ gammas: [1, null] }, '/gammas/1', /got null$/],
    [{ gammas: [1, [2]] }, '/gammas/1', /got an array of 1$/],
    [{ gammas: [1e39] }, '/gammas/0', /got 1e\+39$/],
    [{ alphas: 0.5 }, '/alphas', /^expected an array/],
    [
      { alphas: [0.5, 1.5] },
      '/alphas/1',
      /^expected a number in \[0, 1\], got 1.5; for larger weights take class_weights$/,
    ],
    [{ alphas: [null, 'on'] }, '/alphas/1', /got "on"$/],
    [{ alphas: [[0.5, 0.5]] }, '/alphas/0', /shape \[4\], got shape \[2\]$/],
    [{ alphas: [0, [0.5, 0.5, 2, 0.5]] }, '/alphas/1/2', /got 2; for larger weights take class_weights$/],
    [{ alphas: [[0.5, [1]]] }, '/alphas/0/1', /^expected a number, got an array of 1$/],
    [{ alphas: [{ balance: true }] }, '/alphas/0/balance', /did you mean "balanced"\?$/],
    [{ alphas: [0, { effective_number: { beta: 1 } }] }, '/alphas/1/effective_number/beta', /< 1, got 1$/],
    [
      { alphas: [{ effective_number: { beta: 0, class_counts: [1] } }] },
      '/alphas/0/effective_number/class_counts',
      /4, got 1$/,
    ],
    [pairs(257, 1), '/gammas', /^expected at most 256 pairs of a gamma and an alpha \(max_sweep_points\), got 257$/],
    [pairs(16, 17), '/gammas', /got 272$/],
    [pairs(1, 1_000_000), '/gammas', /got 1000000$/],
    [{ soft_labels: 'quality', gammas: [0, 1, 0.5] }, '/gammas/2', /^expected 0 or a number ≥ 1 with soft_labels/],
    [{ labels: [9, ...INDICES.slice(1)] }, '/labels/0', /^expected a class index/],
    [{ logits: LOGITS.with(2, [1, 2, 3, 1e39]) }, '/logits/2/3', /^expected a number finite as float32/],
  ] as const) {
    await rejects({ ...GOOD, ...change }, pointer, message);
  }
});

test('predictions that are not finite are rejected as by the single route', async () => {
  const file = (values: number[]) =>
    tensorFile(
      { logits: { dtype: 'F32', shape: [2], values }, labels: { dtype: 'U8', shape: [2], values: [1, 0] } },
      { gammas: '[1]' },
    );
  const response = await post(file([1, Number.NaN]), SAFETENSORS);
  const { detail } = (await response.json()) as Json;
  assert.deepEqual([response.status, detail.startsWith('/logits/1: expected a number finite')], [422, true]);
});

test('the limit of classes falls with the number of pairs', async () => {
  const wide = (classes: number) => ({ logits: [Array(classes).fill(0)], labels: [1] });
  await rejects({ ...wide(32_769), gammas: [1] }, '/logits', /^expected at most 32768 classes in a sweep/);
  const message = /^expected at most 2097152 pairs times classes \(max_sweep_shares\), got 256 × 8193$/;
  await rejects({ ...wide(8193), ...pairs(16, 16) }, '/gammas', message);
  const { grid } = await sweep({ ...wide(8192), ...pairs(16, 16) });
  assert.deepEqual([grid.length, grid[255].class_loss_shares.length], [256, 8192]);
});

test('unsupported formats are rejected', async () => {
  for (const [type, accept, code] of [
    [JSON_TYPE, SAFETENSORS, 'not_acceptable'],
    [JSON_TYPE, 'text/csv', 'not_acceptable'],
    ['text/csv', '*/*', 'unsupported_media_type'],
  ] as const) {
    assert.equal(((await (await post(GOOD, type, accept)).json()) as Json).code, code);
  }
  assert.equal(((await (await fetch(`${service.url}/v1/focal-loss/sweep`)).json()) as Json).code, 'method_not_allowed');
});

test('what is too small for a float64 is 0, and its shares are null', async () => {
  const batch = {
    logits: [[0, -10_000]],
    labels: [0],
    activation: 'softmax',
    gammas: [0, 2],
    alphas: [null, [0.3, 0.6]],
  };
  const { grid, cross_entropy } = await sweep(batch);
  assert.equal(cross_entropy, 0);
  for (const point of grid) {
    assert.deepEqual([point.loss, point.gradient_norm, point.effective_examples], [0, 0, null]);
    assert.deepEqual(point.positive_share, { loss: null, gradient_l1: null });
    assert.deepEqual(
      [point.class_loss_shares, point.class_gradient_shares],
      [
        [null, null],
        [null, null],
      ],
    );
  }
});
