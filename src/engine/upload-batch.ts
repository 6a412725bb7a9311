import { dispose, type NamedTensorMap, type Tensor } from '@tensorflow/tfjs-core';
import { firstNotFinite } from '../core/first-not-finite.ts';
import type { FloatFormat, ResultFormat, StoredFloats } from '../core/float-format.ts';
import { toFloat32 } from '../core/float16/float16.ts';
import type { LoadedBatch } from '../loss/batch.ts';
import type { Backend } from './backends/backend.ts';
import type { KernelOptions } from './kernel.ts';
import { uploadLabels, uploadPredictions, uploadWeights } from './upload.ts';

/** A batch as a kernel takes it. */
export interface UploadedBatch {
  readonly inputs: NamedTensorMap;
  readonly options: KernelOptions;
  dispose(): void;
}

/** Some predictions are NaN, infinite, or too large for a float32. */
export class NotFiniteError extends Error {
  override readonly name = 'NotFiniteError';
}

/**
 * Uploads a batch's tensors.
 *
 * @throws {NotFiniteError}
 */
export function uploadBatch(batch: LoadedBatch, backend: Backend): UploadedBatch {
  const { labels, sampleWeights, predictions: stored, ...options } = batch;
  const { layout, predictionsFormat: format } = batch;
  const predictions = backend.allFinite ? ([stored, format] as const) : finiteFloats(stored, format);
  const uploads: Tensor[] = [];
  const track = (uploaded: Tensor) => {
    uploads.push(uploaded);
    return uploaded;
  };
  try {
    const inputs = {
      predictions: track(uploadPredictions(...predictions, layout, backend)),
      labels: track(uploadLabels(labels, layout, backend)),
      ...(sampleWeights && { sample_weights: track(uploadWeights(sampleWeights, layout, backend)) }),
    };
    if (backend.allFinite?.(inputs.predictions) === false) throw new NotFiniteError();
    return { inputs, options, dispose: () => dispose(uploads) };
  } catch (error) {
    dispose(uploads);
    throw error;
  }
}

/**
 * Predictions for a backend that does not check them. A float64 may be too large for a float32.
 *
 * @throws {NotFiniteError}
 */
function finiteFloats(stored: StoredFloats, format: FloatFormat): [Float32Array | Uint16Array, ResultFormat] {
  const floats: [Float32Array | Uint16Array, ResultFormat] =
    stored instanceof Float64Array ? [toFloat32(stored, format), 'F32'] : [stored, format as ResultFormat];
  if (firstNotFinite(...floats) >= 0) throw new NotFiniteError();
  return floats;
}
