import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Batch } from '../../src/loss/batch.ts';
import { logitsBatch } from '../helpers/engine/batches.ts';
import { RandomSource } from '../helpers/loss/warnings/random-source.ts';
import { evaluatedWarnings, warningsOf } from '../helpers/loss/warnings/warnings-of.ts';

// Warnings with the options of the focal family: what is sane with them has none, and a cure is no error with them.

const [SAMPLES, CLASSES] = [64, 10];
const labels = Int32Array.from({ length: SAMPLES }, (_, i) => (i * 7) % CLASSES);
const ASYMMETRIC = { gamma: { positive: 0, negative: 4 } };

/** The logits of a model that is right, and gives each other class p = 0.33 or so. */
function restingLogits(): Float32Array {
  const random = new RandomSource(5);
  return Float32Array.from({ length: SAMPLES * CLASSES }, (_, at) => {
    const isTrue = at % CLASSES === labels[Math.floor(at / CLASSES)];
    return (isTrue ? 2.5 : -0.7) + 0.3 * random.normal();
  });
}

function batchOf(logits: ArrayLike<number>, tensors: object, options: object): Batch {
  const outputs = ['loss', 'per_class'];
  return logitsBatch([SAMPLES, CLASSES], logits, [SAMPLES], labels, tensors, { outputs, ...options });
}

test('losses that leave negatives at a probability are not taken for a forgotten softmax', () => {
  const logits = restingLogits();
  const warned = (tensors: object, options: object = {}) => warningsOf(batchOf(logits, tensors, options));
  assert.deepEqual(warned({ gamma: 2 }), ['softmax_logits_under_sigmoid']);
  assert.deepEqual(warned({ gamma: 2 }, { poly_epsilon: 1, focusing: 'detached' }), ['softmax_logits_under_sigmoid']);
  for (const [tensors, options] of [
    [ASYMMETRIC, {}],
    [ASYMMETRIC, { margin: 0.05 }],
    [{}, { margin: 0.2 }],
    [{ gamma: 5 }, {}],
    [{}, { soft_labels: 'varifocal' }],
    [{}, { soft_labels: 'matchability' }],
  ] as const) {
    assert.deepEqual(warned(tensors, options), [], JSON.stringify([tensors, options]));
  }
});

test('a cure names the options in use that it has not', () => {
  const logits = restingLogits();
  for (let first = 0; first < logits.length; first += CLASSES) {
    const row = logits.subarray(first, first + CLASSES);
    const total = Math.log(row.reduce((sum, x) => sum + Math.exp(x), 0));
    row.forEach((x, c) => {
      row[c] = x - total;
    });
  }
  const element_weights = { shape: [SAMPLES, CLASSES], values: new Float32Array(SAMPLES * CLASSES).fill(0.5) };
  for (const [tensors, options, cure] of [
    [{}, {}, /: set activation to "softmax"$/],
    [{ gamma: 5 }, { poly_epsilon: 1 }, /: set activation to "softmax"$/],
    [ASYMMETRIC, { margin: 0.1 }, /"softmax" and leave out the gamma of each side and margin, which softmax has not$/],
    [{ element_weights }, {}, /"softmax" and leave out element_weights, which softmax has not$/],
    [{}, { soft_labels: 'varifocal' }, /"softmax" and leave out soft_labels "varifocal", which softmax has not$/],
  ] as const) {
    const [warning] = evaluatedWarnings(batchOf(logits, tensors, options));
    assert.equal(warning?.code, 'softmax_logits_under_sigmoid');
    assert.match(warning.message, cure);
  }
});

test('with a margin no negative has half of the loss', () => {
  const logits = new Float32Array(SAMPLES * CLASSES).fill(-3);
  labels.forEach((label, i) => {
    logits[i * CLASSES + label] = 3;
  });
  for (let i = 0; i < 5; i++) logits[i * CLASSES + ((labels[i]! + 1) % CLASSES)] = 60;
  const wrong = Object.assign(logits.slice(), { [9 * CLASSES + labels[9]!]: -4000 });
  for (const outputs of [['loss'], ['loss', 'per_class']]) {
    assert.deepEqual(warningsOf(batchOf(logits, {}, { margin: 0.05, outputs })), []);
    assert.deepEqual(warningsOf(batchOf(wrong, {}, { margin: 0.05, outputs })), ['loss_of_one_element']);
  }
});

test('in a large batch the sums prove no more with a margin or Poly-1', () => {
  const samples = 20_000;
  const logits = new Float32Array(samples).fill(-8);
  logits.fill(60, 0, 2000);
  const negatives = new Uint8Array(samples);
  const warned = (values: Float32Array, options: object) => {
    const given = { outputs: ['loss', 'per_class'], ...options };
    const batch = logitsBatch([samples], values, [samples], negatives, {}, given);
    return warningsOf({ ...batch, labels: negatives }); // As formats of tensors have them.
  };
  assert.deepEqual(warned(logits, { margin: 0.05 }), []);
  const one = new Float32Array(samples).fill(-8);
  one[77] = 12; // Poly-1 makes its loss 1000, but its cross-entropy is 12.
  assert.deepEqual(warned(one, { poly_epsilon: 1000 }), []);
  assert.deepEqual(warned(one, { poly_epsilon: -1 }), []);
  one[77] = 4000;
  assert.deepEqual(warned(one, { poly_epsilon: 10 }), ['loss_of_one_element']);
});
