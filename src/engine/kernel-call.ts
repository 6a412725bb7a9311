import { dispose, engine, type NamedTensorMap, type Tensor, tensor } from '@tensorflow/tfjs-core';
import { firstNotFinite } from '../core/first-not-finite.ts';
import type { Float16Format, FloatFormat, StoredFloats } from '../core/float-format.ts';
import { float32ToFloat16, toFloat32 } from '../core/float16/float16.ts';
import type { Batch } from '../loss/batch.ts';
import { requestedArrays, type StoredArrays } from '../loss/evaluation.ts';
import type { Backend } from './backends/backend.ts';
import { KERNEL_NAMES, type KernelOptions, kernelAttributes, toFloat64 } from './kernel.ts';
import { newScratch, reusedScratch } from './scratch.ts';

/** Some predictions are NaN, infinite, or too large for a float32. */
export class NotFiniteError extends Error {
  override readonly name = 'NotFiniteError';
}

/**
 * Uploads a batch's tensors, runs `work` with them and disposes of them, also when it fails.
 *
 * @throws {NotFiniteError}
 */
export async function withUploadedBatch(
  batch: Batch,
  backend: Backend,
  work: (inputs: NamedTensorMap, options: KernelOptions) => Promise<void>,
): Promise<void> {
  const { labels, sampleWeights, predictions: stored, ...options } = batch;
  const predictions = predictionsAsFloat32(stored, batch.predictionsFormat, backend);
  if (!backend.allFinite && firstNotFinite(predictions) >= 0) throw new NotFiniteError();
  const { outer, classes, inner } = batch.layout;
  const uploads: Tensor[] = [];
  const upload = (values: Float32Array | Int32Array, shape: number[], dtype: 'float32' | 'int32') => {
    const uploaded = tensor(values, shape, dtype);
    uploads.push(uploaded);
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
    if (backend.allFinite?.(inputs.predictions) === false) throw new NotFiniteError();
    await work(inputs, options);
  } finally {
    dispose(uploads);
  }
}

/**
 * Runs the kernel once and downloads its results.
 *
 * @param arrays where the elementwise results go
 * @returns the sums of each part
 */
export async function callKernel(
  inputs: NamedTensorMap,
  options: KernelOptions,
  arrays: StoredArrays,
  backend: Backend,
): Promise<Float64Array> {
  const outputs: Tensor[] = engine().runKernel(KERNEL_NAMES[options.activation], inputs, kernelAttributes(options));
  try {
    const [sums, ...results] = outputs;
    await Promise.all(
      requestedArrays(options).map((output, i) =>
        download(results[i]!, arrays[output]!, options.gradientsFormat as Float16Format, backend),
      ),
    );
    return toFloat64(await sums!.data());
  } finally {
    dispose(outputs);
  }
}

const FLOAT32 = new Float32Array();

function predictionsAsFloat32(stored: StoredFloats, format: FloatFormat, { copiesUploads }: Backend): Float32Array {
  if (!(stored instanceof Uint16Array)) return toFloat32(stored, format);
  const allocate = copiesUploads ? reusedScratch : newScratch;
  return toFloat32(stored, format, allocate('predictions from float16', FLOAT32, stored.length));
}

async function download(
  result: Tensor,
  target: Float32Array | Uint16Array,
  format: Float16Format,
  backend: Backend,
): Promise<void> {
  if (target instanceof Float32Array) return backend.read(result, target);
  const values = reusedScratch('results for float16', FLOAT32, target.length);
  await backend.read(result, values);
  float32ToFloat16(values, format, target);
}
