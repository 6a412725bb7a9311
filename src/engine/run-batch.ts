import { dispose, engine, type NamedTensorMap, type Tensor, tensor } from '@tensorflow/tfjs-core';
import type { Batch } from '../loss/batch.ts';
import {
  type Evaluation,
  emptyEvaluation,
  requestedArrays,
  type StoredArrays,
  viewTotals,
} from '../loss/evaluation.ts';
import { firstNotFinite } from '../loss/finite.ts';
import { type FloatFormat, type HalfFormat, type StoredFloats, toFloat32 } from '../loss/float-format.ts';
import type { Setting } from '../loss/sweep-plan.ts';
import { narrow, widen } from './halves/halves.ts';
import { addParts, KERNEL_NAMES, type KernelOptions, kernelAttributes, partsFrom } from './kernel.ts';
import { arraysOfRange, batchOfRange, cut } from './parts.ts';
import type { Rung } from './rung.ts';

/** Evaluates a batch on a started rung, in this thread, whatever its `gradientsFormat` in float32. */
export async function runBatch(batch: Batch, rung: Rung): Promise<Evaluation> {
  const { arrays } = emptyEvaluation(batch, (length) => new Float32Array(length));
  const totals = addParts([await runInto(batch, arrays, rung)], batch);
  return { arrays, ...viewTotals(totals, batch.layout.classes) };
}

/**
 * Evaluates a batch on a started rung, in this thread, call by call.
 *
 * @param arrays what was asked for; filled in, by the last setting
 * @param isCancelled asked before each call
 * @param settings to evaluate it with, one after another, while its tensors are there
 * @returns the sums of the batch's parts for each setting, float64 `[settings, parts, totalsLength(batch)]`
 * @throws {NotFinite | Cancelled}
 */
export async function runInto(
  batch: Batch,
  arrays: StoredArrays,
  rung: Rung,
  isCancelled: () => boolean = () => false,
  settings: readonly Setting[] = [batch],
): Promise<Float64Array> {
  const sums = settings.map((): Float64Array[] => []);
  for (const range of cut(batch.layout, rung.partsPerCall)) {
    await withUploaded(batchOfRange(batch, range), rung, async (inputs, options) => {
      const places = arraysOfRange(batch, arrays, range);
      for (const [i, { gamma, alpha }] of settings.entries()) {
        if (isCancelled()) throw new Cancelled();
        sums[i]!.push(await callKernel(inputs, { ...options, gamma, alpha }, places, rung));
      }
    });
  }
  return concatenated(sums.flat());
}

/** Some predictions are NaN, infinite, or too large for a float32. */
export class NotFinite extends Error {
  override readonly name = 'NotFinite';
}

/** Nobody waits for the results any more. */
export class Cancelled extends Error {
  override readonly name = 'Cancelled';
}

/** Runs `work` with a batch's tensors on the rung. None is left behind, also when it fails. */
async function withUploaded(
  batch: Batch,
  rung: Rung,
  work: (inputs: NamedTensorMap, options: KernelOptions) => Promise<void>,
): Promise<void> {
  const { labels, sampleWeights, predictions: stored, ...options } = batch;
  const predictions = asFloat32(stored, batch.predictionsFormat, rung);
  if (!rung.allFinite && firstNotFinite(predictions) >= 0) throw new NotFinite();
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
    if (rung.allFinite?.(inputs.predictions) === false) throw new NotFinite();
    await work(inputs, options);
  } finally {
    dispose(tensors);
  }
}

/** One call: evaluate and read back. */
async function callKernel(
  inputs: NamedTensorMap,
  options: KernelOptions,
  arrays: StoredArrays,
  rung: Rung,
): Promise<Float64Array> {
  const outputs: Tensor[] = engine().runKernel(KERNEL_NAMES[options.activation], inputs, kernelAttributes(options));
  try {
    const [sums, ...results] = outputs;
    await Promise.all(
      requestedArrays(options).map((output, i) =>
        read(results[i]!, arrays[output]!, options.gradientsFormat as HalfFormat, rung),
      ),
    );
    return partsFrom(await sums!.data());
  } finally {
    dispose(outputs);
  }
}

function asFloat32(stored: StoredFloats, format: FloatFormat, { copiesUploads }: Rung): Float32Array {
  if (!(stored instanceof Uint16Array)) return toFloat32(stored, format);
  const values = copiesUploads ? keptRoom(stored.length) : new Float32Array(stored.length);
  widen(stored, format as HalfFormat, values);
  return values;
}

let room = new Float32Array();

/** Kept from call to call: new pages take as long as the conversion. Who asks again no longer needs what he got before. */
function keptRoom(length: number): Float32Array {
  if (room.length < length) room = new Float32Array(length);
  return room.subarray(0, length);
}

async function read(result: Tensor, target: Float32Array | Uint16Array, half: HalfFormat, rung: Rung): Promise<void> {
  if (target instanceof Float32Array) return rung.read(result, target);
  const values = keptRoom(target.length);
  await rung.read(result, values);
  narrow(values, half, target);
}

function concatenated(pieces: readonly Float64Array[]): Float64Array {
  if (pieces.length === 1) return pieces[0]!;
  const whole = new Float64Array(pieces.reduce((length, piece) => length + piece.length, 0));
  let at = 0;
  for (const piece of pieces) {
    whole.set(piece, at);
    at += piece.length;
  }
  return whole;
}
