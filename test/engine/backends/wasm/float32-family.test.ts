import assert from 'node:assert/strict';
import { test } from 'node:test';
import { wasmBackend } from '../../../../src/engine/backends/wasm/wasm-backend.ts';
import { evaluateInto } from '../../../../src/engine/evaluate-batch.ts';
import { partCount } from '../../../../src/engine/tiling.ts';
import type { Batch } from '../../../../src/loss/batch.ts';
import { totalOf } from '../../../../src/loss/class-sums.ts';
import { emptyEvaluation, totalsLength } from '../../../../src/loss/evaluation.ts';
import type { BatchTensors } from '../../../../src/loss/prepare-batch.ts';
import { product } from '../../../../src/loss/tensor.ts';
import { LOGITS } from '../../../helpers/engine/accuracy.ts';
import { logitsBatch, pseudorandom, referenceEvaluation, run } from '../../../helpers/engine/batches.ts';
import { conforms } from '../../../helpers/engine/conformance.ts';
import { FAMILY_MEMBERS, type FamilyMember } from '../../../helpers/engine/family-members.ts';
import { TOLERANCES } from '../../../helpers/engine/tolerance.ts';

// Hard labels with the options of the family, in batches of 4096 elements and more; soft ones are in
// float32-family-soft-labels.test.ts. With one sample, the sums of a class are one element's.

await wasmBackend.start();

const [IGNORE, BACKGROUND] = [-100, -1];
const OUTPUTS = ['loss', 'gradients', 'per_class', 'elementwise'];

const { arrays } = TOLERANCES.wasm;
const ofFewElements = { evaluate: run, tolerance: { ...TOLERANCES.wasm, totals: arrays } };

for (const member of FAMILY_MEMBERS) {
  test(`${member.name}: all results of every logit are float32 roundings of the reference`, async (t) => {
    const logits = logitsFor(member);
    const count = logits.length;
    const shape = [1, count];
    const tensors = { gamma: member.gamma, alpha: 0.3 };
    const options = { reduction: 'sum', outputs: OUTPUTS, ...member.options };
    let worst = 0;
    for (const label of [0, 1]) {
      const batch = logitsBatch(shape, logits, shape, new Array(count).fill(label), tensors, options);
      worst = Math.max(worst, await conforms(ofFewElements, batch, `label ${label}`));
    }
    const indexed = { ...options, background_index: BACKGROUND };
    const negatives = logitsBatch(shape, logits, [1], [BACKGROUND], tensors, indexed);
    worst = Math.max(worst, await conforms(ofFewElements, negatives, 'background'));
    const four = Array.from(logits).flatMap((x) => [x, x, x, x]);
    const indices = Array.from(logits, (_, i) => i % 4);
    const positives = logitsBatch([count, 4], four, [count], indices, tensors, indexed);
    worst = Math.max(worst, await conforms(ofFewElements, positives, 'class indices'));
    t.diagnostic(`worst relative error ${worst.toExponential(1)}`);
  });

  test(`${member.name}: any layout, labels, weights and logits; the same bytes for any division into parts`, async () => {
    const next = numbers(5);
    for (const { shape, axis = -1 } of [
      { shape: [600, 7] },
      { shape: [61, 80] },
      { shape: [5003, 1] },
      { shape: [2, 3, 701], axis: 1 },
      { shape: [1100, 130] },
    ]) {
      const [classes, elements] = [shape.at(axis)!, product(shape)];
      const perSample = shape.toSpliced(axis, 1);
      const samples = product(perSample);
      const x = Float32Array.from({ length: elements }, () => (next() - 0.5) * (next() < 0.02 ? 200 : 16));
      const hard = Array.from(x, () => (next() < 0.1 ? IGNORE : Math.round(next())));
      const indices = Array.from({ length: samples }, () => {
        const kind = next();
        return kind < 0.15 ? IGNORE : kind < 0.3 && classes > 1 ? BACKGROUND : Math.floor(next() * classes);
      });
      const tensors: Partial<BatchTensors> = {
        gamma: member.gamma,
        alpha: ofClasses(classes, () => 0.1 + 0.8 * next()),
        class_weights: ofClasses(classes, (c) => (c + 1) % 3),
        sample_weights: { shape: perSample, values: Float64Array.from({ length: samples }, (_, i) => (i % 3) / 2) },
      };
      const options = { class_axis: axis, outputs: OUTPUTS.slice(0, -1), ...member.options };
      for (const batch of [
        logitsBatch(shape, x, shape, hard, tensors, options),
        logitsBatch(shape, x, perSample, indices, tensors, {
          ...options,
          ...(classes > 1 && { background_index: BACKGROUND }),
        }),
      ]) {
        await conforms(ofFewElements, batch, `[${shape}]`);
        await assertSameParts(batch);
      }
    }
  });

  // Beyond a margin, negatives that are predicted as positive are nearly equal, so that their errors do not average out.
  const allowed = member.options.margin === undefined ? TOLERANCES.wasm.totals : 5e-8;

  test(`${member.name}: sums of many elements are off by ${allowed} at most`, async () => {
    const next = numbers(9);
    const shape = [1000, 100];
    const x = Float32Array.from({ length: product(shape) }, () => (next() + next() + next() - 1.5) * 4 - 1);
    const hard = Array.from(x, () => Math.round(next()));
    const indices = Array.from({ length: 1000 }, () => Math.floor(next() * 100));
    const options = { ...member.options, outputs: ['loss', 'per_class'] };
    const tensors = { gamma: member.gamma, alpha: 0.3 };
    for (const batch of [
      logitsBatch(shape, x, shape, hard, tensors, options),
      logitsBatch(shape, x, [1000], indices, tensors, options),
    ]) {
      const [actual, expected] = [await run(batch), referenceEvaluation(batch)];
      for (const field of ['loss', 'cross_entropy', 'gradient_l1'] as const) {
        const error = Math.abs(totalOf(actual.sums, field) / totalOf(expected.sums, field) - 1);
        assert.ok(error <= allowed, `${field}: ${error}`);
      }
    }
  });

  test(`${member.name}: evaluated in float32`, async () => {
    const next = numbers(6);
    const shape = [64, 80];
    const x = Float32Array.from({ length: product(shape) }, () => (next() - 0.5) * 12);
    const hard = Array.from(x, () => Math.round(next()));
    const indices = Array.from({ length: 64 }, () => Math.floor(next() * 80));
    for (const [labelShape, labels] of [
      [shape, hard],
      [[64], indices],
    ] as const) {
      const tensors = { gamma: member.gamma };
      const of = (outputs: readonly string[]) =>
        run(logitsBatch(shape, x, labelShape, labels, tensors, { ...member.options, outputs }));
      // Batches of which the Hessian is requested are evaluated in float64.
      const [float32, float64] = [await of(OUTPUTS), await of([...OUTPUTS, 'hessian'])];
      assert.ok(float32.sums.some((sum, i) => Math.abs(sum - float64.sums[i]!) > 1e-12 * Math.abs(float64.sums[i]!)));
    }
  });
}

test('what float32 has too few digits for is evaluated in float64', async () => {
  const next = numbers(7);
  const shape = [64, 80];
  const x = Float32Array.from({ length: product(shape) }, () => (next() - 0.5) * 12);
  const labels = Array.from(x, () => Math.round(next()));
  const candidate = { evaluate: run, tolerance: { ...TOLERANCES.wasm, totals: 1e-8 } };
  for (const [tensors, options] of [
    [{ gamma: 2 }, { poly_epsilon: -1 }],
    [{ gamma: 2, alpha: 1 }, { poly_epsilon: 1 }],
    [{ gamma: 2 }, { margin: 1e-9 }],
    [{ gamma: 2 }, { margin: 1 - 1e-9 }],
    [{ gamma: 3.1 }, { margin: 0.05 }],
    [{ gamma: 4.5 }, { margin: 0.05 }],
    [{ gamma: { positive: 1, negative: 12 } }, {}],
    [{ gamma: 2 }, { margin: 0.05, normalizer: 1e-3 }],
  ] as const) {
    const batch = logitsBatch(shape, x, shape, labels, tensors, { outputs: OUTPUTS, ...options });
    await conforms(candidate, batch, JSON.stringify({ ...tensors, ...options }), ['gradients', 'elementwise']);
  }
});

test('beside a margin near 1, 1 − m and q have the digits that m and p have not', async () => {
  for (const m of [0.9, 1 - 1e-6, 1 - 1e-9, 1 - 1e-12]) {
    const origin = Math.log(m) - Math.log1p(-m);
    const x = Float32Array.from([0.0101, 0.05, 0.9, 1.1, 3, 20], (d) => origin + d);
    const batch = logitsBatch(
      [1, x.length],
      x,
      [1, x.length],
      x.map(() => 0),
      { gamma: 0, alpha: null },
      { margin: m },
    );
    const { arrays } = await run(batch);
    const truth = Float64Array.from(x, (logit) => {
      const d = logit - origin;
      // p − m = (1 − m) (1 − e^−d) / (1 + (1 − m) / m e^−d), which is nearly all of the loss's input: log (1 − (p − m)).
      const shifted = (-(1 - m) * Math.expm1(-d)) / (1 + ((1 - m) / m) * Math.exp(-d));
      return -Math.log1p(-shifted);
    });
    for (let i = 0; i < x.length; i++) {
      const error = Math.abs(arrays.elementwise![i]! - truth[i]!) / truth[i]!;
      assert.ok(error < 5e-7, `margin ${m}, ${x[i]}: ${arrays.elementwise![i]} where ${truth[i]} is right`);
    }
    await conforms(ofFewElements, batch, `margin ${m}`, ['hessian']);
  }
});

/** Those in the range of float32, and with a margin, those near it. */
function logitsFor({ maxGamma, options: { margin = 0 } }: FamilyMember): Float32Array {
  const inRange = LOGITS.filter((x) => Math.abs(x) <= 66 / (1 + maxGamma));
  const origin = Math.log(margin / (1 - margin));
  const near = margin > 0 ? Array.from({ length: 4000 }, (_, i) => 10 ** (-8 + (9 * i) / 4000)) : [];
  const logits = Float32Array.of(...inRange, ...near.flatMap((d) => [origin + d, origin - d]), ...neighbours(origin));
  return logits.filter((x) => Number.isFinite(x) && Math.abs(x) <= 85);
}

/** The float32s around a number. */
function neighbours(x: number): Float32Array {
  const bits = new Int32Array(Float32Array.of(x).buffer)[0]!;
  return new Float32Array(Int32Array.from({ length: 41 }, (_, i) => bits + i - 20).buffer);
}

function ofClasses(classes: number, value: (c: number) => number) {
  return { shape: [classes], values: Float64Array.from({ length: classes }, (_, c) => value(c)) };
}

/** Each part on its own, as threads divide them, and all of them. */
async function assertSameParts(batch: Batch): Promise<void> {
  const count = partCount(batch.layout);
  const partSums = new Float64Array(count * totalsLength(batch));
  const { arrays } = emptyEvaluation(batch, (length) => new Float32Array(length));
  for (let from = 0; from < count; from++) {
    await evaluateInto(batch, arrays, wasmBackend, { parts: { from, to: from + 1 }, partSums });
  }
  const whole = emptyEvaluation(batch, (length) => new Float32Array(length));
  const { partSums: expected } = await evaluateInto(batch, whole.arrays, wasmBackend);
  assert.deepEqual(partSums, expected);
  assert.deepEqual(arrays, whole.arrays);
}

function numbers(seed: number): () => number {
  const random = pseudorandom(seed);
  return () => random.next().value;
}
