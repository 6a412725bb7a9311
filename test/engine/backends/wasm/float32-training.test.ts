import assert from 'node:assert/strict';
import { test } from 'node:test';
import { wasmBackend } from '../../../../src/engine/backends/wasm/wasm-backend.ts';
import type { Batch } from '../../../../src/loss/batch.ts';
import { readSums, SIDES } from '../../../../src/loss/class-sums.ts';
import { fromLogit } from '../../../../src/loss/log-probabilities.ts';
import { smoothedLabel } from '../../../../src/loss/smoothed-label.ts';
import { product } from '../../../../src/loss/tensor.ts';
import { termMagnitudes } from '../../../harness/soft-magnitudes.ts';
import { LOGITS } from '../../../helpers/engine/accuracy.ts';
import { logitsBatch, pseudorandom, referenceEvaluation, run } from '../../../helpers/engine/batches.ts';
import { conforms } from '../../../helpers/engine/conformance.ts';
import { TOLERANCES } from '../../../helpers/engine/tolerance.ts';

// What a training step requests, gradients and the breakdown without sample weights, in batches of 4096 elements and more,
// with γ a multiple of ½ up to 3:
// terms and the sums of a block are float32. With one sample, the sums of a class are one element's, so that they show the
// error of each loss. A gradient of a soft label has a root, near which its terms cancel: its error is relative to these.

await wasmBackend.start();

const GAMMAS = [0, 0.5, 1, 1.5, 2, 2.5, 3, 3.5];
const [IGNORE, BACKGROUND] = [-100, -1];
const ALPHA = 0.3;
const TRAINING = ['loss', 'gradients', 'per_class'];
/** From both ends of [0, 1] inward, as far as float32 tells them apart from the ends. */
const LABELS = [0, 1e-45, 1e-30, 1e-4, 0.1, 0.3, 0.49, 0.5, 0.51, 0.75, 0.999, 1 - 2 ** -24, 1];

const { arrays } = TOLERANCES.wasm;
/** Sums of few elements have the error of a single element. */
const ofFewElements = { evaluate: run, tolerance: { ...TOLERANCES.wasm, totals: arrays } };
/** The gradients of a few soft labels may all be near their roots. */
const ofFewSoftLabels = { evaluate: run, tolerance: { ...TOLERANCES.wasm, totals: 20 * arrays } };

/** The logits of blocks that are not evaluated in float64 instead. */
const logitsFor = (gamma: number) => LOGITS.filter((x) => Math.abs(x) <= 66 / (1 + gamma));

for (const gamma of GAMMAS) {
  test(`gamma ${gamma}, hard labels: all results of every logit are float32 roundings of the reference`, async (t) => {
    const logits = logitsFor(gamma);
    const shape = [1, logits.length];
    const tensors = { gamma, alpha: ALPHA };
    const options = { reduction: 'sum', outputs: TRAINING, background_index: BACKGROUND };
    for (const label of [0, 1]) {
      const labels = logits.map(() => label);
      const batch = logitsBatch(shape, logits, shape, labels, tensors, { ...options, background_index: undefined });
      t.diagnostic(`label ${label}: ${(await conforms(ofFewElements, batch, `label ${label}`)).toExponential(1)}`);
    }
    const negatives = logitsBatch(shape, logits, [1], [BACKGROUND], tensors, options);
    await conforms(ofFewElements, negatives, 'background');
  });

  test(`gamma ${gamma}, soft labels: likewise`, async (t) => {
    const sparse = logitsFor(gamma).filter((_, i) => i % 7 === 0);
    for (const smoothing of [0, 1e-6, 0.13, 0.9]) {
      const logits = LABELS.flatMap(() => Array.from(sparse));
      const labels = LABELS.flatMap((label) => Array.from(sparse, () => label));
      await assertSoft(logits, labels, gamma, smoothing, t);
      const hard = labels.map(Math.round);
      await assertSoft(logits, hard, gamma, smoothing, t);
    }
  });
}

test('any layout, labels and classes that have no weight', async () => {
  const next = numbers(3);
  for (const { shape, axis = -1 } of [
    { shape: [1100, 4] },
    { shape: [600, 7] },
    { shape: [61, 80] },
    { shape: [33, 130] },
    { shape: [33, 261] },
    { shape: [5003, 1] },
    { shape: [2, 3, 701], axis: 1 },
    { shape: [1, 2, 50, 51], axis: 1 },
  ]) {
    const [classes, elements] = [shape.at(axis)!, product(shape)];
    const perSample = shape.toSpliced(axis, 1);
    const samples = product(perSample);
    const x = Float32Array.from({ length: elements }, () => (next() - 0.5) * 20);
    const soft = Array.from(x, () => (next() < 0.1 ? IGNORE : Math.round(next() * 8) / 8));
    const hard = soft.map((label) => (label < 0 ? label : Math.round(label)));
    const indices = Array.from({ length: samples }, () => {
      const kind = next();
      return kind < 0.15 ? IGNORE : kind < 0.3 && classes > 1 ? BACKGROUND : Math.floor(next() * classes);
    });
    for (const gamma of [0, 0.5, 2, 3.5]) {
      const tensors = {
        gamma,
        alpha: { shape: [classes], values: Float64Array.from({ length: classes }, next) },
        class_weights: { shape: [classes], values: Float64Array.from({ length: classes }, (_, c) => (c + 1) % 3) },
      };
      const options = { class_axis: axis, outputs: TRAINING, label_smoothing: gamma === 2 ? 0 : 0.2 };
      for (const batch of [
        logitsBatch(shape, x, shape, hard, tensors, { ...options, label_smoothing: 0 }),
        logitsBatch(shape, x, shape, hard, tensors, options),
        logitsBatch(shape, x, shape, soft, tensors, options),
        logitsBatch(shape, x, perSample, indices, tensors, {
          ...options,
          ...(classes > 1 && { background_index: BACKGROUND }),
        }),
      ]) {
        const candidate = isSoft(batch) ? ofFewSoftLabels : ofFewElements;
        await conforms(candidate, batch, `[${shape}], gamma ${gamma}`, { gradients: gradientMagnitudes(batch) });
      }
    }
  }
});

test('weights and denominators that float32 does not hold', async () => {
  const shape = [60, 80];
  const next = numbers(4);
  const x = Float32Array.from({ length: 4800 }, () => (next() - 0.5) * 20);
  const labels = Array.from(x, () => Math.round(next()));
  for (const [weight, normalizer] of [
    [1e-30, 1],
    [1e30, 1e30],
    [1, 1e-30],
    [1, 1e35],
  ] as const) {
    const tensors = { gamma: 2, class_weights: { shape: [80], values: new Float64Array(80).fill(weight) } };
    for (const smoothing of [0, 0.1]) {
      const options = { outputs: TRAINING, normalizer, label_smoothing: smoothing };
      const batch = logitsBatch(shape, x, shape, labels, tensors, options);
      const magnitudes = { gradients: gradientMagnitudes(batch) };
      await conforms(ofFewElements, batch, `weight ${weight}, normalizer ${normalizer}`, magnitudes);
    }
  }
});

test('sums of many elements are off by 2e-8 at most', async () => {
  const next = numbers(9);
  const x = Float32Array.from({ length: 200_000 }, () => (next() + next() + next() - 1.5) * 8 - 2);
  const candidate = { evaluate: run, tolerance: TOLERANCES.wasm };
  for (const smoothing of [0, 0.07, 0.1]) {
    for (const soft of [false, true]) {
      const labels = Array.from(x, () => (soft ? next() : Math.round(next())));
      const options = { outputs: TRAINING, label_smoothing: smoothing };
      const batch = logitsBatch([x.length], x, [x.length], labels, { gamma: 2, alpha: ALPHA }, options);
      const magnitudes = { gradients: gradientMagnitudes(batch) };
      await conforms(candidate, batch, `smoothing ${smoothing}, soft ${soft}`, magnitudes);
    }
  }
});

/** With one element per class: losses, cross-entropies and p_t of all, and gradients relative to their terms. */
async function assertSoft(
  logits: readonly number[],
  labels: readonly number[],
  gamma: number,
  smoothing: number,
  t: { diagnostic(message: string): void },
): Promise<void> {
  const shape = [1, logits.length];
  const options = { reduction: 'sum', outputs: TRAINING, label_smoothing: smoothing };
  const batch = logitsBatch(shape, logits, shape, labels, { gamma, alpha: ALPHA }, options);
  const [actual, expected] = [await run(batch), referenceEvaluation(batch)];
  let worst = 0;
  for (const side of SIDES) {
    for (const field of ['loss', 'cross_entropy', 'pt'] as const) {
      const truth = readSums(expected.sums, side, field);
      for (const [i, value] of readSums(actual.sums, side, field).entries()) {
        if (Math.abs(truth[i]!) < 1.2e-38) continue;
        const error = Math.abs(value / truth[i]! - 1);
        assert.ok(error <= arrays, `${side} ${field} of ${logits[i]}, ${labels[i]}, smoothing ${smoothing}: ${error}`);
        worst = Math.max(worst, error);
      }
    }
  }
  const magnitudes = gradientMagnitudes(batch);
  for (const [i, truth] of expected.arrays.gradients!.entries()) {
    const error = Math.abs(actual.arrays.gradients![i]! - truth);
    if (Math.abs(truth) < 1.2e-38 && error < 1.2e-38) continue;
    const relative = error / Math.max(Math.abs(truth), magnitudes[i]!);
    assert.ok(relative <= arrays, `gradient of ${logits[i]}, ${labels[i]}, smoothing ${smoothing}: ${relative}`);
    worst = Math.max(worst, relative);
  }
  t.diagnostic(`smoothing ${smoothing}: ${worst.toExponential(1)}`);
}

function isSoft({ labels, labelSmoothing }: Batch): boolean {
  return labelSmoothing > 0 || labels.some((label) => label > 0 && label < 1);
}

/** Σ |terms| of each gradient. */
function gradientMagnitudes({
  layout,
  predictions,
  labels,
  labelSmoothing,
  gamma,
  alpha,
  denominator,
}: Batch): Float64Array {
  const { classes, inner } = layout;
  return Float64Array.from(predictions as Float32Array, (x, at) => {
    const c = Math.floor(at / inner) % classes;
    const sample = Math.floor(at / (classes * inner)) * inner + (at % inner);
    const label = labels instanceof Int32Array ? Number(labels[sample] === c) : labels[at]!;
    const smoothed = smoothedLabel(Math.max(label, 0), labelSmoothing);
    const sides = { positive: alpha.positive[c]!, negative: alpha.negative[c]! };
    return termMagnitudes(fromLogit(x), smoothed, gamma.positive[c]!, sides, 'interpolated').gradient / denominator;
  });
}

function numbers(seed: number): () => number {
  const random = pseudorandom(seed);
  return () => random.next().value;
}
