import { dispose, type NamedTensorMap, type Tensor } from '@tensorflow/tfjs-core';
import { firstNotFinite } from '../core/first-not-finite.ts';
import type { ResultFormat } from '../core/float-format.ts';
import { toFloat32 } from '../core/float16/float16.ts';
import type { LoadedBatch } from '../loss/batch.ts';
import { kernelOutputs } from '../loss/evaluation.ts';
import { areProbabilities } from '../loss/probabilities.ts';
import { replaceUncounted } from '../loss/replace-uncounted.ts';
import type { Backend } from './backends/backend.ts';
import type { KernelOptions } from './kernel.ts';
import { reusedScratch } from './scratch.ts';
import { uploadElementWeights, uploadLabels, uploadPredictions, uploadSampleWeights } from './upload.ts';

const FLOAT32 = new Float32Array();

/** A batch as a kernel takes it. */
export interface UploadedBatch {
  readonly inputs: NamedTensorMap;
  readonly options: KernelOptions;
  /** As the kernel gets them, with those replaced that do not count and are not valid. A view is valid until memory is allocated. */
  predictions(): Float32Array;
  dispose(): void;
}

/** Some logits are NaN, infinite, or too large for a float32, or some probabilities are none. */
export class InvalidPredictionsError extends Error {
  override readonly name = 'InvalidPredictionsError';
}

/**
 * Uploads a batch's tensors.
 *
 * @throws {InvalidPredictionsError}
 */
export function uploadBatch(batch: LoadedBatch, backend: Backend): UploadedBatch {
  const { labels, sampleWeights, elementWeights, predictions: stored, ...rest } = batch;
  const options: KernelOptions = { ...rest, outputs: kernelOutputs(rest.outputs) };
  const { layout, predictionsFormat: format } = batch;
  const areValid = uploadedCheck(batch, backend);
  const predictions = areValid ? ([stored, format] as const) : checkedFloats(batch);
  const uploads: Tensor[] = [];
  const track = (uploaded: Tensor) => {
    uploads.push(uploaded);
    return uploaded;
  };
  try {
    const inputs = {
      predictions: track(uploadPredictions(...predictions, layout, backend)),
      labels: track(uploadLabels(labels, layout, backend)),
      ...(sampleWeights && { sample_weights: track(uploadSampleWeights(sampleWeights, layout, backend)) }),
      ...(elementWeights && { element_weights: track(uploadElementWeights(elementWeights, layout, backend)) }),
    };
    if (areValid?.(inputs.predictions) === false && !replaceUncounted(backend.viewOf!(inputs.predictions), batch)) {
      throw new InvalidPredictionsError();
    }
    const floats = () =>
      backend.viewOf
        ? backend.viewOf(inputs.predictions)
        : toFloat32(...predictions, reusedScratch('predictions as float32', FLOAT32, stored.length));
    return { inputs, options, predictions: floats, dispose: () => dispose(uploads) };
  } catch (error) {
    dispose(uploads);
    throw error;
  }
}

/**
 * How a backend tells whether predictions are valid that it has converted while they were uploaded, if it can, and if those that
 * do not count can be replaced there.
 */
function uploadedCheck(
  { source, layout, activation, predictionsFormat: format }: LoadedBatch,
  { allFinite, viewOf }: Backend,
): ((uploaded: Tensor) => boolean) | undefined {
  if (!viewOf || source === 'logits') return viewOf && allFinite;
  return (uploaded) => areProbabilities(viewOf(uploaded), layout, activation, format);
}

/**
 * Predictions for a backend that does not check them. A float64 may be too large for a float32. Those of the request are never
 * overwritten.
 *
 * @throws {InvalidPredictionsError}
 */
function checkedFloats(batch: LoadedBatch): [Float32Array | Uint16Array, ResultFormat] {
  const { predictions: stored, predictionsFormat: format, source, layout, activation } = batch;
  if (source === 'probabilities') {
    const floats = toFloat32(stored, format);
    return areProbabilities(floats, layout, activation, format) ? [floats, 'F32'] : withoutUncounted(batch);
  }
  const floats: [Float32Array | Uint16Array, ResultFormat] =
    stored instanceof Float64Array ? [toFloat32(stored, format), 'F32'] : [stored, format as ResultFormat];
  return firstNotFinite(...floats) < 0 ? floats : withoutUncounted(batch);
}

/** @throws {InvalidPredictionsError} */
function withoutUncounted(batch: LoadedBatch): [Float32Array, 'F32'] {
  const { predictions, predictionsFormat } = batch;
  const copy = predictions instanceof Float32Array ? predictions.slice() : toFloat32(predictions, predictionsFormat);
  if (!replaceUncounted(copy, batch)) throw new InvalidPredictionsError();
  return [copy, 'F32'];
}
