import { dispose, engine, type Tensor, tensor } from '@tensorflow/tfjs-core';
import type { Batch } from '../loss/batch.ts';
import { type ArrayOutput, type Evaluation, requestedArrays } from '../loss/evaluation.ts';
import { addParts, KERNEL_NAMES, kernelAttributes } from './kernel.ts';

/** Evaluates a batch on tfjs's current backend; leaves no tensor behind, also when it fails. */
export async function runBatch(batch: Batch): Promise<Evaluation> {
  const { predictions, labels, sampleWeights, ...options } = batch;
  const { outer, classes, inner } = batch.layout;
  const tensors: Tensor[] = [];
  const upload = (values: Float32Array | Int32Array, shape: number[], dtype: 'float32' | 'int32') => {
    const uploaded = tensor(values, shape, dtype);
    tensors.push(uploaded);
    return uploaded;
  };
  try {
    const inputs = {
      predictions: upload(predictions, [outer, classes, inner], 'float32'),
      labels:
        labels instanceof Float32Array
          ? upload(labels, [outer, classes, inner], 'float32')
          : upload(labels, [outer, inner], 'int32'),
      ...(sampleWeights && { sample_weights: upload(sampleWeights, [outer, inner], 'float32') }),
    };
    const outputs: Tensor[] = engine().runKernel(KERNEL_NAMES[batch.activation], inputs, kernelAttributes(options));
    tensors.push(...outputs);

    const [sums, ...arrays] = await Promise.all(outputs.map((output) => output.data()));
    return {
      sums: addParts(sums as Float32Array | Int32Array, classes),
      arrays: Object.fromEntries(requestedArrays(batch).map((output, i) => [output, arrays[i]])) as {
        [output in ArrayOutput]?: Float32Array;
      },
    };
  } finally {
    dispose(tensors);
  }
}
