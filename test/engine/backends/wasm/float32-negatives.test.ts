import { test } from 'node:test';
import { wasmBackend } from '../../../../src/engine/backends/wasm/wasm-backend.ts';
import type { Batch } from '../../../../src/loss/batch.ts';
import { LOGITS } from '../../../helpers/engine/accuracy.ts';
import { logitsBatch, pseudorandom, run } from '../../../helpers/engine/batches.ts';
import { conforms } from '../../../helpers/engine/conformance.ts';
import { TOLERANCES } from '../../../helpers/engine/tolerance.ts';

// The float32 fast path for class indices where lanes are classes: with γ a multiple of ½ up to 3, and if only the loss,
// gradients and sums are requested, negatives are evaluated four at a time, partly in float32. Sums of few elements have
// the error of a single element.

await wasmBackend.start();

const GAMMAS = [0, 0.5, 1, 1.5, 2, 2.5, 3];
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

test('blocks of any size and content are right', async () => {
  const random = pseudorandom(5);
  const next = () => random.next().value;
  const logit = () => (next() - 0.5) * (next() < 0.02 ? 400 : 30);
  const index = (classes: number) => {
    const kind = next();
    return kind < 0.15 ? IGNORE : kind < 0.3 ? BACKGROUND : Math.floor(next() * classes);
  };
  for (const classes of [4, 5, 6, 7, 8, 11, 80, 127, 128, 130, 131, 261]) {
    for (const samples of [1, 2, 3, 4, 5, 9, 30]) {
      const shape = [samples, classes];
      const logits = Array.from({ length: samples * classes }, logit);
      const labels = Array.from({ length: samples }, () => index(classes));
      const weights = Float64Array.from({ length: samples }, (_, i) => (i % 4) / 2);
      const outputs = OUTPUTS[(classes + samples) % OUTPUTS.length];
      const tensors = {
        gamma: GAMMAS[samples % GAMMAS.length],
        alpha: { shape: [classes], values: Float64Array.from({ length: classes }, next) },
        ...(samples % 2 === 0 && { sample_weights: { shape: [samples], values: weights } }),
      };
      const options = { background_index: BACKGROUND, outputs };
      const batch = logitsBatch(shape, logits, [samples], labels, tensors, options);
      await assertFastPathMatches(batch, `${samples} samples of ${classes} classes, ${outputs}`);
    }
  }
});
