import assert from 'node:assert/strict';
import { test } from 'node:test';
import { alphaFromScheme } from '../../src/loss/alpha-scheme.ts';
import { BACKGROUND, IGNORED } from '../../src/loss/batch.ts';
import { countLabels } from '../../src/loss/label-counts.ts';
import { close } from '../helpers/loss/derivatives.ts';

const BALANCED = { balanced: true } as const;
const effective = (beta: number) => ({ effective_number: { beta } });
const counts = (positives: number[], samples = 0) => ({
  positives: Float64Array.from(positives),
  negatives: Float64Array.from(positives, (n) => samples - n),
});

function closeAll(actual: Float64Array, expected: readonly number[]): void {
  assert.equal(actual.length, expected.length);
  expected.forEach((value, c) => {
    close(actual[c]!, value, 1e-15, value === 0 ? 1e-300 : 0);
  });
}

test('labels are counted by class: ignored ones are not, background is negative, soft labels are positive from 0.5', () => {
  const indices = countLabels(Int32Array.of(0, IGNORED, BACKGROUND, 2, 2), { outer: 5, classes: 3, inner: 1 });
  assert.deepEqual([indices.positives, indices.negatives], [Float64Array.of(1, 0, 2), Float64Array.of(3, 4, 2)]);
  // Channels first: class 0 has the first two of each row of four, class 1 the others.
  const dense = countLabels(Float32Array.of(1, 0.5, 0.4, IGNORED, 0, IGNORED, IGNORED, IGNORED), {
    outer: 2,
    classes: 2,
    inner: 2,
  });
  assert.deepEqual([dense.positives, dense.negatives], [Float64Array.of(2, 0), Float64Array.of(1, 1)]);
});

test('balanced, softmax: N / (K n) for each of the K classes that occur, 1 for others', () => {
  closeAll(alphaFromScheme(BALANCED, 'softmax', counts([6, 0, 3, 1])), [10 / 18, 1, 10 / 9, 10 / 3]);
  closeAll(alphaFromScheme(BALANCED, 'softmax', counts([0, 0])), [1, 1]);
});

test('balanced, sigmoid: positives and negatives of a class have the same total weight', () => {
  closeAll(alphaFromScheme(BALANCED, 'sigmoid', counts([6, 0, 10, 1], 10)), [0.4, 1, 0, 0.9]);
  closeAll(alphaFromScheme(BALANCED, 'sigmoid', counts([0])), [0.5]);
});

// By 60-digit arithmetic, from β as a float64; the first is the survey's own example of Cui et al.
const SOFTMAX: [number, number[], number[]][] = [
  [0.999, [5000, 1000, 100, 10], [0.03546749776091633, 0.0557154227846099, 0.3700232246556793, 3.5387938547987945]],
  [0.9, [5000, 1000, 0, 10], [0.8485746935329322, 0.8485746935329322, 1, 1.3028506129341355]],
  [0.9999, [5000, 1000, 0, 10], [0.007522637985980878, 0.031103619624383686, 1, 2.9613737423896356]],
  [1 - 1e-12, [5000, 1000, 0, 10], [0.005928853769674641, 0.029644268789085982, 1, 2.9644268774412392]],
  [1 - 2 ** -53, [5000, 1000, 0, 10], [0.005928853754942347, 0.029644268774705156, 1, 2.9644268774703524]],
  [0, [5000, 1000, 0, 10], [1, 1, 1, 1]],
  [5e-324, [5000, 1000, 0, 10], [1, 1, 1, 1]],
];
for (const [beta, positives, expected] of SOFTMAX) {
  test(`effective number, softmax, β ${beta}: adds up to the number of classes`, () => {
    const alpha = alphaFromScheme(effective(beta), 'softmax', counts(positives));
    closeAll(alpha, expected);
    close(
      alpha.reduce((sum, a) => sum + a, 0),
      4,
      1e-15,
    );
  });
}

const SIGMOID: [number, number[]][] = [
  [0.9, [0.5, 0.9090909090909091, 1, 0]],
  [0.999, [0.39034365650763836, 0.9989985487278832, 1, 0]],
  [0.9999, [0.19624215631647224, 0.9997786624135668, 1, 0]],
  [1 - 1e-12, [0.16805324487126358, 0.9998336106484187, 1, 0]],
  [1 - 2 ** -53, [0.16805324459237705, 0.9998336106489184, 1, 0]],
  [0, [0.5, 0.5, 1, 0]],
];
for (const [beta, expected] of SIGMOID) {
  test(`effective number, sigmoid, β ${beta}: each class is a binary problem`, () => {
    closeAll(alphaFromScheme(effective(beta), 'sigmoid', counts([5000, 1, 0, 6010], 6010)), expected);
  });
}

test('effective number tends to inverse frequency', () => {
  const given = counts([400, 30, 2], 432);
  const nearly = alphaFromScheme(effective(1 - 2 ** -53), 'sigmoid', given);
  alphaFromScheme(BALANCED, 'sigmoid', given).forEach((a, c) => {
    close(nearly[c]!, a, 1e-13);
  });
});
