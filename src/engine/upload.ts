import { type Tensor, tensor } from '@tensorflow/tfjs-core';
import type { FloatFormat, StoredFloats } from '../core/float-format.ts';
import { toFloat32 } from '../core/float16/float16.ts';
import { IGNORED, isIgnoredByte, type Labels } from '../loss/batch.ts';
import type { Layout } from '../loss/tensor.ts';
import type { Backend, UploadFormat, UploadValues } from './backends/backend.ts';
import { type AllocateScratch, newScratch, reusedScratch } from './scratch.ts';

/** Uploads predictions as float32, `[outer, classes, inner]`. */
export function uploadPredictions(
  predictions: StoredFloats,
  format: FloatFormat,
  { outer, classes, inner }: Layout,
  backend: Backend,
): Tensor {
  return upload(predictions, format, [outer, classes, inner], backend);
}

/** Uploads dense labels as float32, `[outer, classes, inner]`, or class indices as int32, `[outer, inner]`. */
export function uploadLabels(labels: Labels, { outer, classes, inner }: Layout, backend: Backend): Tensor {
  if (labels instanceof Int32Array) return upload(labels, 'I32', [outer, inner], backend);
  return upload(labels, labels instanceof Uint8Array ? 'labels' : 'F32', [outer, classes, inner], backend);
}

/** Uploads sample weights, `[outer, inner]`. */
export function uploadSampleWeights(weights: Float32Array, { outer, inner }: Layout, backend: Backend): Tensor {
  return upload(weights, 'F32', [outer, inner], backend);
}

/** Uploads element weights, `[outer, classes, inner]`. */
export function uploadElementWeights(weights: Float32Array, layout: Layout, backend: Backend): Tensor {
  return uploadPredictions(weights, 'F32', layout, backend);
}

function upload(values: UploadValues, format: UploadFormat, shape: number[], backend: Backend): Tensor {
  if (backend.upload) return backend.upload(values, format, shape);
  if (format === 'I32') return tensor(values, shape, 'int32');
  return tensor(asFloat32(values, format, backend.copiesUploads ? reusedScratch : newScratch), shape, 'float32');
}

const FLOAT32 = new Float32Array();

function asFloat32(
  values: UploadValues,
  format: Exclude<UploadFormat, 'I32'>,
  allocate: AllocateScratch,
): Float32Array {
  if (values instanceof Float32Array) return values;
  const floats = allocate(`${format} as float32`, FLOAT32, values.length);
  if (format === 'labels') return labelsToFloat32(values as Uint8Array, floats);
  return toFloat32(values as Uint16Array | Float64Array, format, floats);
}

function labelsToFloat32(labels: Uint8Array, floats: Float32Array): Float32Array {
  for (let i = 0; i < labels.length; i++) floats[i] = isIgnoredByte(labels[i]!) ? IGNORED : labels[i]!;
  return floats;
}
