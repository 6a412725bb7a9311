import assert from 'node:assert/strict';
import { before, test } from 'node:test';
import { tensorflowUnavailableReason } from '../../../../src/engine/backends/tensorflow/availability.ts';
import { type NativeBackend, nativeBackend } from '../../../../src/engine/backends/tensorflow/native-backend.ts';
import { tensorflowBackend } from '../../../../src/engine/backends/tensorflow/tensorflow-backend.ts';
import { evaluateBatch } from '../../../../src/engine/evaluate-batch.ts';
import { logitsBatch, pseudorandom } from '../../../helpers/engine/batches.ts';

// Ops that read or write a value of every element: what a batch takes, since each is bound by memory. The limits are what
// the kernels take now.

const skip = tensorflowUnavailableReason() ?? false;
const SAMPLES = 64;
const CLASSES = 8;
const SHAPE = [SAMPLES, CLASSES];

const random = pseudorandom();
const draws = Array.from({ length: SAMPLES * CLASSES }, () => random.next().value);
const indices = draws.slice(0, SAMPLES).map((x) => Math.floor(x * CLASSES));
const LABELS = {
  index: indices,
  oneHot: draws.map((_, i) => Number(indices[Math.floor(i / CLASSES)] === i % CLASSES)),
  multiHot: draws.map((x) => Number(x < 0.4)),
  soft: draws,
};

const sigmoid = { outputs: ['loss', 'gradients', 'per_class'] };
const softmax = { ...sigmoid, activation: 'softmax' };

for (const [name, labels, options, limit] of [
  ['sigmoid, class indices', 'index', sigmoid, 50],
  ['sigmoid, one-hot labels', 'oneHot', sigmoid, 60],
  ['sigmoid, labels of 0 and 1', 'multiHot', sigmoid, 60],
  ['sigmoid, soft labels', 'soft', sigmoid, 98],
  ['sigmoid, label smoothing', 'index', { ...sigmoid, label_smoothing: 0.1 }, 89],
  ['sigmoid, the loss alone', 'index', { outputs: ['loss'] }, 16],
  ['sigmoid, detached focusing', 'index', { ...sigmoid, focusing: 'detached' }, 48],
  ['sigmoid, Poly-1', 'index', { ...sigmoid, poly_epsilon: 1 }, 57],
  ['sigmoid, a margin', 'index', { ...sigmoid, margin: 0.05 }, 101],
  ['sigmoid, varifocal', 'soft', { ...sigmoid, soft_labels: 'varifocal' }, 89],
  ['softmax, class indices', 'index', softmax, 60],
  ['softmax, one-hot labels', 'oneHot', softmax, 69],
  ['softmax, labels of several classes', 'multiHot', softmax, 95],
  ['softmax, soft labels', 'soft', softmax, 93],
  ['softmax, the loss alone', 'index', { activation: 'softmax', outputs: ['loss'] }, 14],
] as const) {
  test(`passes of ${name}`, { skip }, async () => {
    const values = LABELS[labels];
    const shape = labels === 'index' ? [SAMPLES] : SHAPE;
    const batch = logitsBatch(
      SHAPE,
      draws.map((x) => 8 * x - 6),
      shape,
      values,
      {},
      options,
    );
    await evaluateBatch(batch, tensorflowBackend);
    const passes = await countPasses(() => evaluateBatch(batch, tensorflowBackend));
    assert.ok(passes <= limit, `expected up to ${limit} passes, got ${passes}`);
  });
}

before(async () => {
  if (skip === false) await tensorflowBackend.start();
});

/** Reshaping and a change of type alone touch no values. */
const FREE = ['Reshape', 'Bitcast'];

async function countPasses(work: () => Promise<unknown>): Promise<number> {
  const backend = nativeBackend() as { binding: NativeBackend['binding'] };
  const { binding } = backend;
  const sizes = new Map<number, number>();
  let passes = 0;
  const executeOp: typeof binding.executeOp = (name, attributes, inputs, outputs) => {
    const handles = binding.executeOp(name, attributes, inputs, outputs);
    const [{ id, shape }] = handles as [(typeof handles)[number]];
    sizes.set(
      id,
      shape.reduce((product, size) => product * size, 1),
    );
    const largest = Math.max(...[id, ...inputs].map((handle) => sizes.get(handle) ?? 0));
    if (largest >= SAMPLES * CLASSES && !FREE.includes(name)) passes += 1;
    return handles;
  };
  backend.binding = Object.create(binding, { executeOp: { value: executeOp } });
  try {
    await work();
  } finally {
    backend.binding = binding;
  }
  return passes;
}
