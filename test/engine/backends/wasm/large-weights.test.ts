import { test } from 'node:test';
import { wasmBackend } from '../../../../src/engine/backends/wasm/wasm-backend.ts';
import { logitsBatch, run } from '../../../helpers/engine/batches.ts';
import { conforms } from '../../../helpers/engine/conformance.ts';
import { gradientTerms } from '../../../helpers/engine/gradient-terms.ts';
import { ofFewElements, TOLERANCES } from '../../../helpers/engine/tolerance.ts';

// A weight may be so large that a result is a normal float32 while it is not before it is multiplied: gradients of a mean are
// divided by the number of elements.

await wasmBackend.start();

const SAMPLES = 2 ** 13;
const LOGITS = Float32Array.from({ length: SAMPLES }, (_, i) => (i / SAMPLES - 0.5) * 70);
const LABELS = { 'hard labels': [0, 1], 'soft labels': [0, 1 - 2 ** -24, 1, 0.3] };
const CANDIDATE = { evaluate: run, tolerance: ofFewElements(TOLERANCES.wasm) };

for (const [name, labels] of Object.entries(LABELS)) {
  test(`${name}: gradients that are subnormal but for their weight are right`, async (t) => {
    let worst = 0;
    for (const weight of [1.5, 1e4, 1e10]) {
      for (const gamma of [0, 2, 2.5, 3.7]) {
        for (const normalizer of ['elements', 1e20]) {
          const weights = { shape: [SAMPLES], values: new Float64Array(SAMPLES).fill(weight) };
          const dense = LOGITS.map((_, i) => labels[i % labels.length]!);
          const tensors = { gamma, sample_weights: weights };
          const options = { normalizer, outputs: ['gradients', 'elementwise'] };
          const batch = logitsBatch([SAMPLES], LOGITS, [SAMPLES], dense, tensors, options);
          const what = `weight ${weight}, gamma ${gamma}, normalizer ${normalizer}`;
          worst = Math.max(worst, await conforms(CANDIDATE, batch, what, { gradients: gradientTerms(batch) }));
        }
      }
    }
    t.diagnostic(`worst relative error ${worst.toExponential(1)}`);
  });
}
