import { test } from 'node:test';
import { wasmRung } from '../../src/engine/wasm/rung.ts';
import { LOGITS, report, worstErrors } from './accuracy.ts';
import { logitsBatch } from './batches.ts';
import { sigmoidHessianTerms, softmaxHessianTerms, softmaxRows } from './hard-magnitudes.ts';

// The float64 definition stands for the truth: golden.test.ts holds it to 60-digit arithmetic.

await wasmRung.start();

const GAMMAS = [0, 0.25, 0.5, 1, 1.5, 2, 3, 5, 10];

for (const gamma of GAMMAS) {
  test(`sigmoid, gamma ${gamma}: every output is a float32 rounding of the definition`, async (t) => {
    for (const label of [0, 1]) {
      const labels = new Array<number>(LOGITS.length).fill(label);
      const shape = [LOGITS.length];
      const batch = logitsBatch(shape, LOGITS, shape, labels, { gamma, alpha: 0.25 }, { reduction: 'sum' });
      const magnitudes = Float64Array.from(LOGITS, (x) => sigmoidHessianTerms(x, label, gamma));
      report(t, await worstErrors(batch, { hessian: magnitudes }));
    }
  });

  test(`softmax, gamma ${gamma}: every output is a float32 rounding of the definition`, async (t) => {
    for (const classes of [2, 3, 8, 33]) {
      const { logits, labels } = softmaxRows(classes);
      const shape = [labels.length, classes];
      const batch = logitsBatch(
        shape,
        logits,
        [labels.length],
        labels,
        { gamma },
        { activation: 'softmax', reduction: 'sum' },
      );
      const magnitudes = new Float64Array(logits.length);
      for (const [row, label] of labels.entries()) {
        const terms = softmaxHessianTerms(logits.subarray(row * classes, (row + 1) * classes), label, gamma);
        magnitudes.set(terms, row * classes);
      }
      report(t, await worstErrors(batch, { hessian: magnitudes }));
    }
  });
}
