import { memory } from '@tensorflow/tfjs-core';
import { wasmBackend } from '../../src/engine/backends/wasm/wasm-backend.ts';
import { evaluateBatch } from '../../src/engine/evaluate-batch.ts';
import { type Options, optionsSchema } from '../../src/loss/options.ts';
import { prepareBatch } from '../../src/loss/prepare-batch.ts';
import { makeNumbers } from '../batches.ts';
import { unlessToy } from '../harness/toy.ts';

const ROUNDS = unlessToy(50, 1);
const SHAPE = [64, 20] as const;

/** Evaluates batches as an engine thread does, in this thread, and counts the tensors that tfjs then holds more. */
export async function countTensors() {
  const { versions } = await wasmBackend.start();
  const baseline = memory().numTensors;
  let left = 0;
  let batches = 0;
  for (let round = 0; round < ROUNDS; round++) {
    for (const activation of ['sigmoid', 'softmax'] as const) {
      for (const outputs of [['loss'], ['loss', 'gradients', 'per_class', 'elementwise', 'hessian']]) {
        await evaluateBatch(batchOf({ activation, outputs: outputs as Options['outputs'] }), wasmBackend);
        left = Math.max(left, memory().numTensors - baseline);
        batches += 1;
      }
    }
  }
  return { left, batches, versions };
}

function batchOf(options: Partial<Options>) {
  const [samples, classes] = SHAPE;
  const { logits, labels } = makeNumbers(samples, classes);
  return prepareBatch(optionsSchema.parse(options), {
    source: 'logits',
    predictions: { format: 'F32', shape: [samples, classes], values: logits },
    labels: { shape: [samples], values: labels },
  });
}
