import { dispose, engine, type NamedTensorMap, type Tensor, tensor } from '@tensorflow/tfjs-core';
import { firstNotFinite } from '../core/first-not-finite.ts';
import type { Float16Format, FloatFormat, StoredFloats } from '../core/float-format.ts';
import { float32ToFloat16, toFloat32 } from '../core/float16/float16.ts';
import type { Batch } from '../loss/batch.ts';
import {
  type Evaluation,
  emptyEvaluation,
  requestedArrays,
  type StoredArrays,
  viewTotals,
} from '../loss/evaluation.ts';
import { findOverflow, type Overflow } from '../loss/overflow.ts';
import type { HyperParameters } from '../loss/sweep-plan.ts';
import type { Backend } from './backends/backend.ts';
import { addParts, KERNEL_NAMES, type KernelOptions, kernelAttributes, partsFrom } from './kernel.ts';
import { freshScratch, reusedScratch } from './scratch.ts';
import { outputViews, positionInBatch, scatter, tileBatch } from './tile.ts';
import { type IndexRange, partCount, type Tile, tilesOf } from './tiling.ts';

/** Evaluates a batch on a started backend, in this thread, whatever its `gradientsFormat` in float32. */
export async function runBatch(batch: Batch, backend: Backend): Promise<Evaluation> {
  const { arrays } = emptyEvaluation(batch, (length) => new Float32Array(length));
  const { parts } = await runInto(batch, arrays, backend);
  return { arrays, ...viewTotals(addParts([parts], batch), batch.layout.classes) };
}

export interface RunOptions {
  /** Which parts of the batch; all if this says nothing. */
  readonly parts?: IndexRange;
  /** Asked before each call. */
  readonly isCancelled?: () => boolean;
  /** γ and α of one evaluation each, which share the uploaded tensors; default: the batch's own. */
  readonly hyperParameters?: readonly HyperParameters[] | undefined;
}

export interface RunResult {
  /** The sums of the parts for each evaluation, float64 `[hyperParameters, parts, totalsLength(batch)]`. */
  readonly parts: Float64Array;
  /** The first result that does not fit its format. */
  readonly overflow?: Overflow;
}

/**
 * Evaluates a batch on a started backend, in this thread, block by block.
 *
 * @param arrays what was requested of the whole batch; filled in, where its parts are, by the last evaluation
 * @throws {NotFinite | Cancelled}
 */
export async function runInto(
  batch: Batch,
  arrays: StoredArrays,
  backend: Backend,
  {
    parts = { from: 0, to: partCount(batch.layout) },
    isCancelled = () => false,
    hyperParameters = [batch],
  }: RunOptions = {},
): Promise<RunResult> {
  const sums = hyperParameters.map((): Float64Array[] => []);
  let overflow: Overflow | undefined;
  for (const block of tilesOf(batch.layout, parts, backend.block)) {
    const tiled = tileBatch(batch, block, backend.copiesUploads ? reusedScratch : freshScratch);
    const places = outputViews(batch, arrays, block, reusedScratch);
    await withUploaded(tiled, backend, async (inputs, options) => {
      for (const [i, { gamma, alpha }] of hyperParameters.entries()) {
        if (isCancelled()) throw new Cancelled();
        const called = await callKernel(inputs, { ...options, gamma, alpha }, places, backend);
        addCall(sums[i]!, called, tiled, block);
        overflow ??= overflowIn(batch, block, tiled, places, called);
      }
    });
    scatter(batch, places, arrays, block);
  }
  return { parts: concatenated(sums.flat()), ...(overflow && { overflow }) };
}

/** A part that goes in several blocks has the sums of one all the same. */
function addCall(sums: Float64Array[], called: Float64Array, tiled: Batch, { continues }: Tile): void {
  if (!continues) {
    sums.push(called);
    return;
  }
  const begun = sums.at(-1)!;
  for (const [i, sum] of addParts([called], tiled).entries()) begun[i]! += sum;
}

function overflowIn(batch: Batch, block: Tile, tiled: Batch, places: StoredArrays, called: Float64Array) {
  if (Object.keys(places).length === 0) return undefined;
  const { sums } = viewTotals(addParts([called], tiled), block.layout.classes);
  const found = findOverflow(tiled, places, sums);
  return found && { ...found, position: positionInBatch(batch, found.output, block, found.position) };
}

/** Some predictions are NaN, infinite, or too large for a float32. */
export class NotFinite extends Error {
  override readonly name = 'NotFinite';
}

/** Nobody waits for the results any more. */
export class Cancelled extends Error {
  override readonly name = 'Cancelled';
}

/** Runs `work` with a batch's tensors on the backend. None is left behind, also when it fails. */
async function withUploaded(
  batch: Batch,
  backend: Backend,
  work: (inputs: NamedTensorMap, options: KernelOptions) => Promise<void>,
): Promise<void> {
  const { labels, sampleWeights, predictions: stored, ...options } = batch;
  const predictions = asFloat32(stored, batch.predictionsFormat, backend);
  if (!backend.allFinite && firstNotFinite(predictions) >= 0) throw new NotFinite();
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
    if (backend.allFinite?.(inputs.predictions) === false) throw new NotFinite();
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
  backend: Backend,
): Promise<Float64Array> {
  const outputs: Tensor[] = engine().runKernel(KERNEL_NAMES[options.activation], inputs, kernelAttributes(options));
  try {
    const [sums, ...results] = outputs;
    await Promise.all(
      requestedArrays(options).map((output, i) =>
        read(results[i]!, arrays[output]!, options.gradientsFormat as Float16Format, backend),
      ),
    );
    return partsFrom(await sums!.data());
  } finally {
    dispose(outputs);
  }
}

const NO_FLOATS = new Float32Array();

function asFloat32(stored: StoredFloats, format: FloatFormat, { copiesUploads }: Backend): Float32Array {
  if (!(stored instanceof Uint16Array)) return toFloat32(stored, format);
  const target = (copiesUploads ? reusedScratch : freshScratch)('predictions as float32', NO_FLOATS, stored.length);
  return toFloat32(stored, format, target);
}

async function read(
  result: Tensor,
  target: Float32Array | Uint16Array,
  format: Float16Format,
  backend: Backend,
): Promise<void> {
  if (target instanceof Float32Array) return backend.read(result, target);
  const values = reusedScratch('results as float32', NO_FLOATS, target.length);
  await backend.read(result, values);
  float32ToFloat16(values, format, target);
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
