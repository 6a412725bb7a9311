import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import type { Batch } from '../../src/loss/batch.ts';
import { freshMemory } from '../../src/loss/memory.ts';
import { summarize } from '../../src/loss/summarize.ts';
import { readRequest } from '../../src/wire/request.ts';
import { LOGITS, report, worstErrors } from './accuracy.ts';
import { assertAsDefined, type Evaluate, logitsBatch, pseudorandom } from './batches.ts';
import { asking, difficultyBatches } from './difficulty-batches.ts';
import { makeBatch, SHAPES, SUBSETS } from './layout-batches.ts';

const ACTIVATIONS = ['sigmoid', 'softmax'] as const;
const ALL = ['loss', 'gradients', 'per_class', 'elementwise', 'hessian'];

/** Every 5th of the accuracy grid, and its ends. */
const FEWER_LOGITS = LOGITS.filter((_, i) => i % 5 === 0 || i >= LOGITS.length - 12);

/** What a rung has to show whose results are float32 roundings of the definition. */
export function conformance(rung: string, evaluate: Evaluate): void {
  const assertDefined = (batch: Batch, name: string) =>
    assertAsDefined(batch, name, ['gradients', 'hessian'], evaluate);

  for (const { name, request, expect } of readGolden()) {
    test(`${rung}, 60-digit arithmetic: ${name}`, async () => {
      const batch = readBatch({ ...request, outputs: ALL });
      const evaluation = await evaluate(batch);
      const { arrays } = evaluation;
      const answer: Record<string, ArrayLike<number>> = {
        ...arrays,
        hessian_diagonal: arrays.hessian!,
        sum: [summarize(batch, evaluation).sum!],
      };
      for (const field of ['gradients', 'elementwise', 'hessian_diagonal', 'sum']) {
        const expected = [expect[field]].flat(9).map(Number);
        assert.equal(answer[field]!.length, expected.length, field);
        for (const [i, truth] of expected.entries()) {
          const error = Math.abs(answer[field]![i]! - truth);
          assert.ok(error <= 2e-6 * Math.abs(truth) + 1e-12, `${field}[${i}]: ${answer[field]![i]}, not ${truth}`);
        }
      }
    });
  }

  for (const file of ['digits-longtail.json', 'breast-cancer.json', 'coins-detection.json']) {
    test(`${rung}, real predictions: ${file}`, async () => {
      await assertDefined(readBatch({ ...(readFixture(file) as object), outputs: ALL }), file);
    });
  }

  for (const gamma of [0, 0.5, 2, 3.7, 1e38]) {
    test(`${rung}, sigmoid, gamma ${gamma}: right as far as float32 goes`, async (t) => {
      for (const label of [0, 1]) {
        const shape = [FEWER_LOGITS.length];
        const labels = new Array<number>(FEWER_LOGITS.length).fill(label);
        const options = { reduction: 'sum', outputs: ALL };
        report(t, await worstErrors(logitsBatch(shape, FEWER_LOGITS, shape, labels, { gamma }, options), {}, evaluate));
      }
    });
  }

  for (const activation of ACTIVATIONS) {
    for (const labels of ['index', 'dense', 'soft'] as const) {
      test(`${rung}, ${activation}, ${labels} labels: right in every layout`, async () => {
        for (const layout of SHAPES)
          await assertDefined(makeBatch(layout, labels, { activation }), `[${layout.shape}]`);
      });
    }

    test(`${rung}, ${activation}: any subset of the outputs`, async () => {
      for (const outputs of SUBSETS) {
        for (const layout of [{ shape: [7, 5] }, { shape: [3, 2, 9], axis: 1 }]) {
          const batch = makeBatch(layout, 'index', { activation, outputs });
          await assertDefined(batch, outputs.join());
          await assertDefined({ ...batch, gradientSquares: true }, `${outputs}, squares`);
        }
      }
    });

    test(`${rung}, ${activation}: weights and options per class, smoothing, soft labels and probabilities`, async () => {
      const tensors = {
        sample_weights: { shape: [11], values: Float64Array.from({ length: 11 }, (_, i) => (i % 4) / 2) },
        class_weights: { shape: [5], values: Float64Array.of(1, 0, 0.5, 7, 2) },
        gamma: { shape: [5], values: Float64Array.of(0, 1.5, 1, 2, 3.7) },
        alpha: { shape: [5], values: Float64Array.of(0.1, 0.25, 0.5, 0.9, 1) },
      };
      const forms = [
        ['interpolated', 0],
        ['interpolated', 0.3],
        ...(activation === 'sigmoid' ? [['termwise', 0.3] as const, ['quality', 0.3] as const] : []),
      ] as const;
      for (const [form, smoothing] of forms) {
        const options = { activation, soft_labels: form, label_smoothing: smoothing, normalizer: 'weights' };
        const batch = makeBatch({ shape: [11, 5] }, 'soft', options, tensors);
        await assertDefined(batch, `${form}, smoothing ${smoothing}`);
        const predictions = batch.predictions.map((x) => 1 / (1 + Math.exp(-x)));
        await assertDefined({ ...batch, source: 'probabilities', predictions }, `${form}, probabilities`);
      }
    });

    test(`${rung}, ${activation}: the extremes of gamma and of float32 are right, and nothing is NaN`, async () => {
      const random = pseudorandom(7);
      const next = () => random.next().value;
      const logit = () => {
        const [kind, sign] = [next(), next() < 0.5 ? -1 : 1];
        if (kind < 0.1) return 0;
        if (kind < 0.2) return sign * 3.4028234663852886e38;
        return sign * (kind < 0.6 ? 10 ** (next() * 83 - 45) : next() * 100);
      };
      const options = { activation, reduction: 'sum', outputs: ['gradients', 'elementwise', 'per_class'] };
      for (const classes of [1, 2, 5]) {
        const logits = Array.from({ length: 500 * classes }, logit);
        const indices = Array.from({ length: 500 }, () => Math.floor(next() * classes));
        const soft = logits.map(() => Math.min(1, Math.max(0, next() * 1.4 - 0.2)));
        for (const gamma of [0, 1e-30, 0.3, 7.7, 1e4, 1e38]) {
          const tensors = { gamma, alpha: 0.1 };
          const name = `gamma ${gamma}, ${classes} classes`;
          await assertDefined(logitsBatch([500, classes], logits, [500], indices, tensors, options), name);
          const dense = logitsBatch([500, classes], logits, [500, classes], soft, tensors, options);
          await assertDefined(dense, `${name}, soft labels`);
        }
      }
    });

    test(`${rung}, ${activation}: gives the same bytes again`, async () => {
      const batch = asking(makeBatch({ shape: [3000, 41] }, 'index', { activation }));
      const [first, second] = [await evaluate(batch), await evaluate(batch)];
      assert.deepEqual(second, first);
    });
  }

  test(`${rung}: bins are right for every layout, kind of label and edge`, async () => {
    for (const { name, batch } of difficultyBatches()) await assertDefined(batch, name);
  });

  test(`${rung}: one class of many samples, and a sum of many equal terms, are right`, async () => {
    const random = pseudorandom();
    const logits = Array.from({ length: 200_001 }, () => (random.next().value - 0.5) * 20);
    const labels = logits.map((_, i) => (i % 17 === 0 ? -100 : Number(i % 5 === 0)));
    const options = { outputs: ['loss', 'gradients', 'per_class'] };
    await assertDefined(logitsBatch([logits.length], logits, [logits.length], labels, {}, options), 'rank 1');
    const equal = new Array<number>(2 ** 18).fill(0.1);
    await assertDefined(logitsBatch([equal.length], equal, [equal.length], equal, {}, options), 'equal terms');
  });
}

interface GoldenCase {
  readonly name: string;
  readonly request: object;
  readonly expect: Readonly<Record<string, unknown>>;
}

function readGolden(): readonly GoldenCase[] {
  return (readFixture('golden.json') as { cases: GoldenCase[] }).cases;
}

function readFixture(name: string): unknown {
  return JSON.parse(readFileSync(new URL(`../fixtures/${name}`, import.meta.url), 'utf8'));
}

function readBatch(request: object): Batch {
  return readRequest(request, freshMemory);
}
