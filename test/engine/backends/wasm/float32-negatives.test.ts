import { test } from 'node:test';
import { wasmBackend } from '../../../../src/engine/backends/wasm/wasm-backend.ts';
import type { Batch } from '../../../../src/loss/batch.ts';
import { product } from '../../../../src/loss/tensor.ts';
import { LOGITS } from '../../../helpers/engine/accuracy.ts';
import { logitsBatch, pseudorandom, run } from '../../../helpers/engine/batches.ts';
import { conforms } from '../../../helpers/engine/conformance.ts';
import { TOLERANCES } from '../../../helpers/engine/tolerance.ts';

// The float32 fast path: with class indices, or dense labels most of which are 0, with γ = 0, 1 or 2, and if only the loss,
// gradients and sums are requested, negatives are evaluated four at a time, partly in float32. Sums of few elements have
// the error of a single element.

await wasmBackend.start();

const GAMMAS = [0, 1, 2];
const [IGNORE, BACKGROUND] = [-100, -1];
const OUTPUTS = [['gradients', 'per_class'], ['gradients'], ['per_class'], ['loss']];

const candidate = { evaluate: run, tolerance: { ...TOLERANCES.wasm, totals: TOLERANCES.wasm.arrays } };
const assertFastPathMatches = (batch: Batch, name: string) => conforms(candidate, batch, name);

for (const gamma of GAMMAS) {
  test(`gamma ${gamma}: the gradient and the sums of every logit are a float32 rounding of the reference`, async () => {
    // With one sample, the sums of a class are one element's.
    const classes = 2 ** 12;
    for (let from = 0; from < LOGITS.length; from += classes) {
      const logits = LOGITS.slice(from, from + classes);
      const options = { reduction: 'sum', background_index: BACKGROUND, outputs: ['gradients', 'per_class'] };
      const batch = logitsBatch([1, logits.length], logits, [1], [BACKGROUND], { gamma }, options);
      await assertFastPathMatches(batch, `logits from ${logits[0]}`);
    }
  });
}

for (const dense of [false, true]) {
  test(`${dense ? 'dense labels' : 'class indices'}: blocks of any size and content are right`, async () => {
    const random = pseudorandom(5);
    const next = () => random.next().value;
    const logit = () => (next() - 0.5) * (next() < 0.02 ? 400 : 30);
    const index = (classes: number) => {
      const kind = next();
      return kind < 0.15 ? IGNORE : kind < 0.3 ? BACKGROUND : Math.floor(next() * classes);
    };
    const rowOfLabels = (classes: number) => {
      const others = next() < 0.7 ? 0.03 : 0.5;
      return Array.from({ length: classes }, () => (next() >= others ? 0 : next() < 0.3 ? IGNORE : 1));
    };
    for (const classes of [4, 5, 6, 7, 8, 11, 80, 127, 128, 130, 131, 261]) {
      for (const samples of [1, 2, 3, 4, 5, 9, 30]) {
        const shape = [samples, classes];
        const logits = Array.from({ length: samples * classes }, logit);
        const rows = Array.from({ length: samples }, () => (dense ? rowOfLabels(classes) : [index(classes)]));
        const weights = Float64Array.from({ length: samples }, (_, i) => (i % 4) / 2);
        const outputs = OUTPUTS[(classes + samples) % OUTPUTS.length];
        const tensors = {
          gamma: GAMMAS[samples % 3],
          alpha: { shape: [classes], values: Float64Array.from({ length: classes }, next) },
          ...(samples % 2 === 0 && { sample_weights: { shape: [samples], values: weights } }),
        };
        const options = dense ? { outputs } : { background_index: BACKGROUND, outputs };
        const batch = logitsBatch(shape, logits, dense ? shape : [samples], rows.flat(), tensors, options);
        await assertFastPathMatches(batch, `${samples} samples of ${classes} classes, ${outputs}`);
      }
    }
  });
}

test('lanes that are samples are right for any content', async () => {
  const random = pseudorandom(6);
  const next = () => random.next().value;
  const logit = () => (next() - 0.5) * (next() < 0.005 ? 400 : 30);
  for (const dense of [false, true]) {
    for (const shape of [
      [3, 1],
      [127, 1],
      [1000, 1],
      [2, 3, 7],
      [2, 5, 300],
      [1, 21, 16, 17],
    ]) {
      const perSample = shape.toSpliced(1, 1);
      const [classes, samples, elements] = [shape[1]!, product(perSample), product(shape)];
      // Labels in stretches, as images have them.
      const labelOf = (i: number) => {
        const stretch = Math.floor(i / 140) % (classes + 2);
        return next() < 0.02 || stretch === classes ? IGNORE : Math.min(stretch, classes - 1);
      };
      const indices = Array.from({ length: samples }, (_, i) => labelOf(i));
      const targets = Array.from({ length: elements }, (_, i) => {
        const others = Math.floor(i / 200) % 3 === 0 ? 0.5 : 0.03;
        return next() >= others ? 0 : next() < 0.3 ? IGNORE : 1;
      });
      for (const outputs of OUTPUTS) {
        const tensors = {
          gamma: GAMMAS[elements % 3],
          sample_weights: { shape: perSample, values: Float64Array.from({ length: samples }, (_, i) => (i % 4) / 2) },
        };
        const batch = logitsBatch(
          shape,
          Float32Array.from({ length: elements }, logit),
          dense ? shape : perSample,
          dense ? targets : indices,
          outputs.length === 1 ? {} : tensors,
          { class_axis: 1, outputs },
        );
        await assertFastPathMatches(batch, `${dense ? 'dense' : 'indices'}, [${shape}], ${outputs}`);
      }
    }
  }
});

test('a soft label among sparse ones discards the results before it', async () => {
  const shape = [3000, 80]; // Two parts.
  const logits = Float32Array.from({ length: 240_000 }, (_, i) => Math.sin(i) * 9);
  const labels = new Float64Array(240_000);
  labels[50_000] = 0.5;
  await assertFastPathMatches(logitsBatch(shape, logits, shape, labels, {}, { outputs: ['per_class'] }), 'soft');
});
