import assert from 'node:assert/strict';
import { test } from 'node:test';
import { wasmBackend } from '../../src/engine/backends/wasm/wasm-backend.ts';
import { fromLogit, fromProbability } from '../../src/loss/log-probabilities.ts';
import { smoothedLabel } from '../../src/loss/smoothed-label.ts';
import { termMagnitudes } from '../harness/soft-magnitudes.ts';
import { LOGITS, report, worstErrors } from '../helpers/engine/accuracy.ts';
import { logitsBatch, run } from '../helpers/engine/batches.ts';

await wasmBackend.start();

const FORMS = ['interpolated', 'termwise', 'quality'] as const;
const ALPHA = 0.25;
const SPARSE_LOGITS = LOGITS.filter((_, i) => i % 7 === 0 || i >= LOGITS.length - 12);

/** From both ends of [0, 1] inward, as far as float32 tells them apart from the ends. */
const LABELS = Float32Array.of(0, 1e-45, 1e-30, 1e-4, 0.1, 0.3, 0.49, 0.51, 0.75, 0.999, 1 - 2 ** -24, 1);

/** Likewise, but none of the labels: quality has a root at p = y. */
const PROBABILITIES = Float32Array.from([
  ...[0, 1e-44, 1e-38, 1e-20, 1e-7, 1 - 2 ** -23, 1],
  ...Array.from({ length: 499 }, (_, i) => (i + 0.5) / 499),
  ...Array.from({ length: 200 }, (_, i) => 10 ** (-0.03 - i / 10)),
  ...Array.from({ length: 70 }, (_, i) => 1 - 10 ** (-0.03 - i / 10)),
]);

interface Grid {
  readonly source: 'logits' | 'probabilities';
  readonly inputs: Float32Array;
  readonly form: (typeof FORMS)[number];
  readonly gamma: number;
  readonly smoothing?: number;
  readonly epsilon?: number;
}

/** Every input with every label. */
async function worstOfGrid({ source, inputs, form, gamma, smoothing = 0, epsilon = 1e-7 }: Grid) {
  const x = Float32Array.from({ length: LABELS.length * inputs.length }, (_, i) => inputs[i % inputs.length]!);
  const labels = x.map((_, i) => LABELS[Math.floor(i / inputs.length)]!);
  const options = { reduction: 'sum', soft_labels: form, label_smoothing: smoothing, epsilon };
  const tensors = { source, gamma, alpha: ALPHA };
  const batch = logitsBatch([x.length], x, [x.length], labels, tensors, options);
  const alpha = { positive: ALPHA, negative: 1 - ALPHA };
  const magnitudes = Array.from(x, (input, i) => {
    const pair = source === 'logits' ? fromLogit(input) : fromProbability(input, epsilon);
    return termMagnitudes(pair, smoothedLabel(labels[i]!, smoothing), gamma, alpha, form);
  });
  return worstErrors(batch, {
    gradient: Float64Array.from(magnitudes, ({ gradient }) => gradient),
    hessian: Float64Array.from(magnitudes, ({ hessian }) => hessian),
  });
}

for (const form of FORMS) {
  for (const gamma of form === 'quality' ? [0, 1, 1.5, 2, 3, 3.7, 10, 1000] : [0, 1e-30, 0.3, 1, 1.5, 2, 3, 10, 1000]) {
    test(`${form}, gamma ${gamma}: every output is a float32 rounding of the reference`, async (t) => {
      report(t, await worstOfGrid({ source: 'logits', inputs: SPARSE_LOGITS, form, gamma }));
      report(t, await worstOfGrid({ source: 'logits', inputs: SPARSE_LOGITS, form, gamma, smoothing: 0.13 }));
    });

    test(`${form}, gamma ${gamma}, probabilities: likewise`, async (t) => {
      for (const epsilon of [1e-7, 0.01, 1e-18]) {
        report(t, await worstOfGrid({ source: 'probabilities', inputs: PROBABILITIES, form, gamma, epsilon }));
      }
      const smoothed = { inputs: PROBABILITIES, form, gamma, smoothing: 0.13 };
      report(t, await worstOfGrid({ source: 'probabilities', ...smoothed }));
    });
  }
}

test('quality, p = y: the distance is 0 and with it all that is multiplied by one of its powers', async () => {
  for (const gamma of [0, 1, 1.5, 2, 2.01, 3]) {
    const probabilities = [0.5, 0.25, 0.125, 0.75];
    const tensors = { source: 'probabilities' as const, gamma, alpha: 0.5 };
    const options = { soft_labels: 'quality', reduction: 'sum' };
    const { arrays } = await run(logitsBatch([4], probabilities, [4], probabilities, tensors, options));
    // Of (u^γ C)″ 2 u′² C is left for γ = 2, u′ = 1.
    const crossEntropies = probabilities.map((y) => -y * Math.log(y) - (1 - y) * Math.log(1 - y));
    const expected = { 0: probabilities.map((y) => 0.5 / (y - y * y)), 2: crossEntropies };
    const hessian = expected[gamma as keyof typeof expected] ?? [0, 0, 0, 0];
    for (const [i, value] of arrays.hessian!.entries()) {
      assert.ok(
        Math.abs(value - hessian[i]!) < 1e-6 * hessian[i]! + 1e-30,
        `gamma ${gamma}: ${value}, not ${hessian[i]}`,
      );
    }
    const isZero = (value: number) => Math.abs(value) < 1e-30;
    if (gamma > 0) assert.ok([...arrays.elementwise!, ...arrays.gradients!].every(isZero), `gamma ${gamma}`);
  }
});
