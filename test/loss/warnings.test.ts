import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { optionsSchema } from '../../src/loss/options.ts';
import { prepareBatch } from '../../src/loss/prepare-batch.ts';
import { MAX_WARNINGS_BYTES, WARNING_CODES } from '../../src/loss/warnings/warning.ts';
import { logitsBatch } from '../helpers/engine/batches.ts';
import { realBatches } from '../helpers/engine/request-batches.ts';
import { MISTAKES } from '../helpers/loss/warnings/mistaken-batches.ts';
import { RandomSource } from '../helpers/loss/warnings/random-source.ts';
import { saneBatch } from '../helpers/loss/warnings/sane-batches.ts';
import { batchOfGenerated, evaluatedWarnings, warningsOf } from '../helpers/loss/warnings/warnings-of.ts';

const SANE_BATCHES = 4000;
const MAX_FALSE_ALARMS = 0.001;
const MISTAKEN_BATCHES = 60;

test(`fewer than ${MAX_FALSE_ALARMS} of batches without a mistake have a warning`, (t) => {
  const random = new RandomSource(1);
  const warned: string[] = [];
  for (let i = 0; i < SANE_BATCHES; i++) {
    const generated = saneBatch(random);
    const codes = warningsOf(batchOfGenerated(generated));
    if (codes.length > 0) warned.push(`${generated.kind}: ${codes}`);
  }
  t.diagnostic(`${warned.length} of ${SANE_BATCHES}`);
  assert.ok(warned.length < MAX_FALSE_ALARMS * SANE_BATCHES, warned.join('\n'));
});

test('batches of real models have no warning', () => {
  for (const [name, batch] of Object.entries(realBatches())) assert.deepEqual(warningsOf(batch), [], name);
});

test('the real softmax model has one under sigmoid, and its probabilities have one as logits', () => {
  const batch = realBatches()['digits-longtail']!;
  const { layout, labels, shape } = batch;
  const predictions = Float32Array.from(batch.predictions as ArrayLike<number>);
  const warned = (logits: ArrayLike<number>, activation: string) =>
    warningsOf(logitsBatch(shape, logits, [layout.outer], labels, {}, { activation, outputs: ['loss'] }));
  assert.deepEqual(warned(predictions, 'softmax'), []);
  assert.deepEqual(warned(predictions, 'sigmoid'), ['softmax_logits_under_sigmoid']);
  const probabilities = predictions.map((x, at) => {
    const first = at - (at % layout.classes);
    const row = predictions.subarray(first, first + layout.classes);
    return Math.exp(x) / row.reduce((sum, logit) => sum + Math.exp(logit), 0);
  });
  assert.deepEqual(warned(probabilities, 'softmax'), ['probabilities_as_logits']);
  assert.deepEqual(warned(probabilities, 'sigmoid'), ['probabilities_as_logits']);
});

test('logits from 0 to 1 under softmax are taken for probabilities only where those of a sample add up to 1', () => {
  const logits = Array.from({ length: 8 }, (_, i) => [0.99, 0.02, 0.98 - i / 100, 0.01]).flat();
  const labels = Int32Array.from({ length: 8 }, (_, i) => i % 4);
  const warned = (activation: string) =>
    warningsOf(logitsBatch([8, 4], logits, [8], labels, {}, { activation, outputs: ['loss'] }));
  assert.deepEqual(warned('softmax'), []);
  assert.deepEqual(warned('sigmoid'), ['probabilities_as_logits']);
});

test('logits of a head that begins with −log C are no log-softmax', () => {
  for (const classes of [2, 1000]) {
    const shape = [32, classes];
    const labels = Int32Array.from({ length: 32 }, (_, i) => i % classes);
    const random = new RandomSource(3);
    for (const noise of [0, 0.01]) {
      const logits = Float32Array.from({ length: 32 * classes }, () => noise * random.normal() - Math.log(classes));
      assert.deepEqual(warningsOf(logitsBatch(shape, logits, [32], labels)), []);
    }
  }
});

test('rows of weight 0 may have no class under softmax', () => {
  const options = { activation: 'softmax' };
  const logits = Float32Array.from({ length: 40 * 4 }, (_, i) => Math.sin(i));
  const padded = Uint8Array.from({ length: 40 * 4 }, (_, i) => Number(i < 120 && i % 4 === 1));
  const weights = Float32Array.from({ length: 40 }, (_, i) => Number(i < 30));
  const warned = (sample_weights: Float32Array) =>
    warningsOf(
      logitsBatch(
        [40, 4],
        logits,
        [40, 4],
        padded,
        { sample_weights: { shape: [40], values: sample_weights } },
        options,
      ),
    );
  assert.deepEqual(warned(weights), []);
  assert.deepEqual(warned(weights.map((_, i) => Number(i < 31))), ['softmax_rows_not_one_hot']);
});

for (const [name, { code, make, rate }] of Object.entries(MISTAKES)) {
  test(`${name}: ${code} in ${100 * rate} % of the batches or more`, (t) => {
    const random = new RandomSource(2);
    const found = Array.from({ length: MISTAKEN_BATCHES }, () => warningsOf(make(random)).includes(code));
    const count = found.filter(Boolean).length;
    t.diagnostic(`${count} of ${MISTAKEN_BATCHES}`);
    assert.ok(count >= rate * MISTAKEN_BATCHES, `${count} of ${MISTAKEN_BATCHES}`);
  });
}

test('every code has a mistake that it is tested with, and is in docs/reference/warnings.md', () => {
  const page = readFileSync(new URL('../../docs/reference/warnings.md', import.meta.url), 'utf8');
  const listed = [...page.matchAll(/^\| `(\w+)` \|/gm)].map(([, code]) => code);
  assert.deepEqual(listed, [...WARNING_CODES]);
  assert.deepEqual(new Set(Object.values(MISTAKES).map(({ code }) => code)), new Set(WARNING_CODES));
});

test('one element of a large batch is found where the gradients of its class prove it', () => {
  const samples = 20_000;
  const logits: number[] = Array.from({ length: samples * 2 }, (_, at) => (at % 2 === 0 ? 9 : -9));
  const labels = Array<number>(samples).fill(0);
  const warned = (values: number[], options = {}) =>
    warningsOf(
      logitsBatch([samples, 2], values, [samples], labels, {}, { outputs: ['loss', 'per_class'], ...options }),
    );
  assert.deepEqual(warned(logits), []);
  assert.deepEqual(warned(logits.with(2 * 777, -5000)), ['loss_of_one_element']);
  assert.deepEqual(warned(logits.with(2 * 777, -5000).with(2 * 999, -5000)), []);
  assert.deepEqual(warned(logits.with(2 * 777, -5000), { outputs: ['loss'] }), []);
});

test('all weights of 0 are told apart from labels that are all ignored', () => {
  const warnings = (labels: number[], weights: number[], normalizer = 'weights') => {
    const batch = prepareBatch(optionsSchema.parse({ normalizer }), {
      source: 'logits',
      predictions: { shape: [2], format: 'F32', values: Float32Array.of(1, 2) },
      labels: { shape: [2], values: Float64Array.from(labels) },
      sample_weights: { shape: [2], values: Float32Array.from(weights) },
    });
    return evaluatedWarnings(batch).map(({ pointer }) => pointer);
  };
  assert.deepEqual(warnings([1, 0], [0, 0]), ['/sample_weights']);
  assert.deepEqual(warnings([-100, -100], [1, 1]), ['/labels']);
  assert.deepEqual(warnings([1, -100], [0, 1]), ['/sample_weights']);
  assert.deepEqual(warnings([1, 0], [0, 0], 'elements'), ['/sample_weights']);
  assert.deepEqual(warnings([1, 0], [0, 1]), []);
});

test('all warnings together fit into the bytes that responses have for them', () => {
  const random = new RandomSource(3);
  const longest = new Map<string, number>();
  for (const { make } of Object.values(MISTAKES)) {
    for (let i = 0; i < 10; i++) {
      const batch = make(random);
      for (const warning of evaluatedWarnings(batch)) {
        const bytes = Buffer.byteLength(JSON.stringify(JSON.stringify(warning)));
        longest.set(warning.code, Math.max(bytes, longest.get(warning.code) ?? 0));
      }
    }
  }
  const total = [...longest.values()].reduce((sum, bytes) => sum + bytes, 0);
  assert.ok(total < MAX_WARNINGS_BYTES / 1.5, `${total}`); // Figures may have more digits than here.
});
