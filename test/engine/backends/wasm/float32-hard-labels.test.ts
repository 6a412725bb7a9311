import { test } from 'node:test';
import { wasmBackend } from '../../../../src/engine/backends/wasm/wasm-backend.ts';
import type { Batch } from '../../../../src/loss/batch.ts';
import { product } from '../../../../src/loss/tensor.ts';
import { LOGITS } from '../../../helpers/engine/accuracy.ts';
import { logitsBatch, pseudorandom, run } from '../../../helpers/engine/batches.ts';
import { conforms } from '../../../helpers/engine/conformance.ts';
import { TOLERANCES } from '../../../helpers/engine/tolerance.ts';

// The float32 fast path for hard labels, in batches of 4096 elements and more, if γ is a multiple of ½ up to 5 and no Hessian
// is requested: with dense labels, and with class indices where lanes are samples. Errors of losses and gradients are
// relative to each value, since all terms of a hard label's gradient have one sign; those of sums to the sum, 2e-8 as
// everywhere, but of sums of few elements the bound is a single element's.

await wasmBackend.start();

const GAMMAS = [0, 0.5, 1, 1.5, 2, 2.5, 3, 3.5, 4, 4.5, 5];
const [IGNORE, BACKGROUND] = [-100, -1];
const OUTPUTS = [['gradients', 'per_class'], ['gradients', 'elementwise', 'per_class'], ['elementwise'], ['loss']];

const ofFewElements = { evaluate: run, tolerance: { ...TOLERANCES.wasm, totals: TOLERANCES.wasm.arrays } };

for (const gamma of GAMMAS) {
  test(`gamma ${gamma}: loss and gradient of every logit are float32 roundings of the reference`, async (t) => {
    for (const label of [0, 1]) {
      for (const dense of [true, false]) {
        const shape = dense ? [LOGITS.length] : [LOGITS.length, 1];
        const labels = new Float64Array(LOGITS.length).fill(dense ? label : label - 1);
        const options = {
          reduction: 'sum',
          outputs: ['gradients', 'elementwise', 'per_class'],
          ...(!dense && { background_index: -1 }),
        };
        const batch = logitsBatch(shape, LOGITS, [LOGITS.length], labels, { gamma }, options);
        // Thousands of these logits are so small that their losses are equal: errors do not average out in the sums.
        const all = { ...batch, gradientSquares: true };
        const worst = await conforms(ofFewElements, all, `label ${label}, dense ${dense}`);
        t.diagnostic(`label ${label}, dense ${dense}: worst relative error ${worst.toExponential(1)}`);
      }
    }
  });
}

for (const share of [0.03, 0.5, 0.97]) {
  test(`dense labels, ${share} of them positive or ignored: blocks of any size and content are right`, async () => {
    const next = numbers(5);
    const logit = () => (next() - 0.5) * (next() < 0.005 ? 400 : 30);
    for (const classes of [4, 5, 6, 7, 11, 80, 127, 128, 130, 261]) {
      const samples = Math.ceil(4096 / classes) + (classes % 5);
      const shape = [samples, classes];
      const logits = Array.from({ length: samples * classes }, logit);
      const labels = logits.map(() => (next() >= share ? 0 : next() < 0.2 ? IGNORE : 1));
      const outputs = OUTPUTS[classes % OUTPUTS.length]!;
      const tensors = {
        gamma: GAMMAS[classes % GAMMAS.length],
        alpha: { shape: [classes], values: Float64Array.from({ length: classes }, next) },
        ...(classes % 2 === 0 && weightsOf([samples])),
      };
      const batch = logitsBatch(shape, logits, shape, labels, tensors, { outputs });
      await assertBoth(batch, `${samples} samples of ${classes} classes, ${outputs}`);
    }
  });
}

test('class indices: blocks of any size and content are right', async () => {
  const next = numbers(7);
  const logit = () => (next() - 0.5) * (next() < 0.005 ? 400 : 30);
  for (const classes of [4, 5, 6, 7, 11, 80, 127, 128, 130, 261]) {
    const samples = Math.ceil(4096 / classes) + (classes % 9);
    const logits = Array.from({ length: samples * classes }, logit);
    const labels = Array.from({ length: samples }, () => {
      const kind = next();
      return kind < 0.15 ? IGNORE : kind < 0.3 ? BACKGROUND : Math.floor(next() * classes);
    });
    const options = { outputs: OUTPUTS[classes % OUTPUTS.length]!, background_index: BACKGROUND };
    for (const gamma of [1.5, 4, 5]) {
      const tensors = { gamma, ...(classes % 2 === 0 && weightsOf([samples])) };
      const batch = logitsBatch([samples, classes], logits, [samples], labels, tensors, options);
      await assertBoth(batch, `${samples} samples of ${classes} classes, gamma ${gamma}, ${options.outputs}`);
    }
  }
});

test('lanes that are samples are right for any content', async () => {
  const next = numbers(6);
  const logit = () => (next() - 0.5) * (next() < 0.005 ? 400 : 30);
  for (const dense of [false, true]) {
    for (const shape of [
      [4097, 1],
      [9999, 1],
      [2, 3, 701],
      [2, 5, 1003],
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
      const logits = Float32Array.from({ length: elements }, logit);
      for (const outputs of OUTPUTS) {
        const tensors = { gamma: GAMMAS[elements % GAMMAS.length], ...weightsOf(perSample) };
        const batch = logitsBatch(
          shape,
          logits,
          dense ? shape : perSample,
          dense ? targets : indices,
          outputs.length === 1 ? {} : tensors,
          { class_axis: 1, outputs },
        );
        await assertBoth(batch, `${dense ? 'dense' : 'indices'}, [${shape}], ${outputs}`);
      }
    }
  }
});

test('a soft label among hard ones discards the results before it', async () => {
  const shape = [3000, 80]; // Two parts.
  const logits = Float32Array.from({ length: 240_000 }, (_, i) => Math.sin(i) * 9);
  const labels = Float64Array.from({ length: 240_000 }, (_, i) => i % 2);
  labels[50_000] = 0.5;
  await conforms(ofFewElements, logitsBatch(shape, logits, shape, labels, {}, { outputs: ['per_class'] }), 'soft');
});

/** With and without the sums of a sweep. */
async function assertBoth(batch: Batch, name: string): Promise<void> {
  await conforms(ofFewElements, batch, name);
  await conforms(ofFewElements, { ...batch, gradientSquares: true }, `${name}, squares`);
}

function weightsOf(shape: readonly number[]) {
  const values = Float64Array.from({ length: product(shape) }, (_, i) => (i % 4) / 2);
  return { sample_weights: { shape, values } };
}

function numbers(seed: number): () => number {
  const random = pseudorandom(seed);
  return () => random.next().value;
}
