import assert from 'node:assert/strict';
import { test } from 'node:test';
import { wasmBackend } from '../../../../src/engine/backends/wasm/wasm-backend.ts';
import type { Batch } from '../../../../src/loss/batch.ts';
import { LOGITS } from '../../../helpers/engine/accuracy.ts';
import { logitsBatch, pseudorandom, run } from '../../../helpers/engine/batches.ts';
import { conforms } from '../../../helpers/engine/conformance.ts';
import { TOLERANCES } from '../../../helpers/engine/tolerance.ts';

// Of samples with class indices, the rows are evaluated as if all elements were negative, and the positive elements of a block
// of samples together, in a row of their own.

await wasmBackend.start();

const [IGNORE, BACKGROUND] = [-100, -1];
const GAMMAS = [0, 0.5, 1, 2, 3, 3.5];
const OUTPUTS = ['gradients', 'per_class', 'elementwise'];

/** Sums of few elements have the error of a single element. */
const candidate = { evaluate: run, tolerance: { ...TOLERANCES.wasm, totals: TOLERANCES.wasm.arrays } };

for (const gamma of GAMMAS) {
  test(`gamma ${gamma}: every logit is right as the positive element of its sample`, async () => {
    const logits = Array.from(LOGITS).filter((x) => Math.abs(x) <= 66 / (1 + gamma));
    const classes = 4;
    const x = logits.flatMap((logit, i) => Array.from({ length: classes }, (_, c) => (c === i % classes ? logit : -c)));
    const labels = logits.map((_, i) => i % classes);
    const tensors = { gamma, alpha: 0.3 };
    const options = { reduction: 'sum', outputs: OUTPUTS };
    const batch = logitsBatch([logits.length, classes], x, [logits.length], labels, tensors, options);
    await conforms(candidate, batch, `gamma ${gamma}`);
  });

  test(`gamma ${gamma}: arrays of class indices are those of one-hot labels, to the last bit`, async () => {
    const random = pseudorandom(11);
    const next = () => random.next().value;
    for (const [samples, classes] of [
      [61, 80],
      [1100, 4],
      [600, 7],
      [33, 130],
      [5, 1030],
    ] as const) {
      const shape = [samples, classes];
      // Logits beyond what float32 serves, in some rows.
      const x = Array.from({ length: samples * classes }, () => (next() - 0.5) * (next() < 0.01 ? 300 : 20));
      const indices = Array.from({ length: samples }, () => {
        const kind = next();
        return kind < 0.15 ? IGNORE : kind < 0.3 ? BACKGROUND : Math.floor(next() * classes);
      });
      const oneHot = indices.flatMap((index) =>
        Array.from({ length: classes }, (_, c) => (index === IGNORE ? IGNORE : Number(index === c))),
      );
      const tensors = {
        gamma,
        alpha: { shape: [classes], values: Float64Array.from({ length: classes }, next) },
        sample_weights: { shape: [samples], values: Float64Array.from({ length: samples }, (_, i) => (i % 4) / 2) },
      };
      const ofIndices = logitsBatch(shape, x, [samples], indices, tensors, {
        background_index: BACKGROUND,
        outputs: OUTPUTS,
        normalizer: 100,
      });
      const dense = logitsBatch(shape, x, shape, oneHot, tensors, { outputs: OUTPUTS, normalizer: 100 });
      await assertSameArrays(ofIndices, dense, `[${shape}]`);
      await conforms(candidate, ofIndices, `[${shape}]`);
    }
  });
}

async function assertSameArrays(a: Batch, b: Batch, name: string): Promise<void> {
  const [ofA, ofB] = [await run(a), await run(b)];
  for (const output of ['gradients', 'elementwise'] as const) {
    assert.deepEqual(ofA.arrays[output], ofB.arrays[output], `${name}: ${output}`);
  }
}
