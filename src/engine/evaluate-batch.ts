import type { Batch } from '../loss/batch.ts';
import { type Evaluation, emptyEvaluation, type StoredArrays, viewTotals } from '../loss/evaluation.ts';
import { findOverflow, type Overflow } from '../loss/overflow.ts';
import type { HyperParameters } from '../loss/sweep-plan.ts';
import type { Backend } from './backends/backend.ts';
import { addParts } from './kernel.ts';
import { callKernel, withUploadedBatch } from './kernel-call.ts';
import { newScratch, reusedScratch } from './scratch.ts';
import { batchOfTile, outputViews, positionInBatch, scatter } from './tile.ts';
import { type IndexRange, partCount, type Tile, tilesOf } from './tiling.ts';

/** Evaluates a batch on a started backend, in this thread, into float32 whatever its `gradientsFormat`. */
export async function evaluateBatch(batch: Batch, backend: Backend): Promise<Evaluation> {
  const { arrays } = emptyEvaluation(batch, (length) => new Float32Array(length));
  const { partSums } = await evaluateInto(batch, arrays, backend);
  return { arrays, ...viewTotals(addParts([partSums], batch), batch.layout.classes) };
}

export interface EvaluateIntoOptions {
  /** Which parts of the batch; by default all. */
  readonly parts?: IndexRange;
  /** Called before each kernel call. */
  readonly isCancelled?: () => boolean;
  /** What to evaluate each tile with, one after another, while its tensors are uploaded; by default the batch's own γ and α. */
  readonly hyperParameters?: readonly HyperParameters[] | undefined;
}

export interface PartResults {
  /** The sums of each part for each setting, float64 `[hyperParameters, parts, totalsLength(batch)]`. */
  readonly partSums: Float64Array;
  /** The first result that does not fit its format. */
  readonly overflow?: Overflow;
}

/** The results are no longer needed. */
export class CancelledError extends Error {
  override readonly name = 'CancelledError';
}

/**
 * Evaluates a batch on a started backend, in this thread, tile by tile.
 *
 * @param arrays the requested arrays of the whole batch; the last setting fills in those of the evaluated parts
 * @throws {NotFiniteError | CancelledError}
 */
export async function evaluateInto(
  batch: Batch,
  arrays: StoredArrays,
  backend: Backend,
  options: EvaluateIntoOptions = {},
): Promise<PartResults> {
  const {
    parts = { from: 0, to: partCount(batch.layout) },
    isCancelled = () => false,
    hyperParameters = [batch],
  } = options;
  const sumsPerEvaluation = hyperParameters.map((): Float64Array[] => []);
  let overflow: Overflow | undefined;
  for (const tile of tilesOf(batch.layout, parts, backend.tileSize)) {
    const tileBatch = batchOfTile(batch, tile, backend.copiesUploads ? reusedScratch : newScratch);
    const views = outputViews(batch, arrays, tile, reusedScratch);
    await withUploadedBatch(tileBatch, backend, async (inputs, kernelOptions) => {
      for (const [i, { gamma, alpha }] of hyperParameters.entries()) {
        if (isCancelled()) throw new CancelledError();
        const sums = await callKernel(inputs, { ...kernelOptions, gamma, alpha }, views, backend);
        addTile(sumsPerEvaluation[i]!, sums, tileBatch, tile);
        overflow ??= overflowInTile(batch, tile, tileBatch, views, sums);
      }
    });
    scatter(batch, views, arrays, tile);
  }
  return { partSums: concatenate(sumsPerEvaluation.flat()), ...(overflow && { overflow }) };
}

/** A part that is split into several tiles still has one set of sums. */
function addTile(partSums: Float64Array[], sums: Float64Array, tileBatch: Batch, { continuesPart }: Tile): void {
  if (!continuesPart) {
    partSums.push(sums);
    return;
  }
  const part = partSums.at(-1)!;
  for (const [i, sum] of addParts([sums], tileBatch).entries()) part[i]! += sum;
}

function overflowInTile(batch: Batch, tile: Tile, tileBatch: Batch, views: StoredArrays, sums: Float64Array) {
  if (Object.keys(views).length === 0) return undefined;
  const totals = viewTotals(addParts([sums], tileBatch), tile.layout.classes);
  const found = findOverflow(tileBatch, views, totals.sums);
  return found && { ...found, position: positionInBatch(batch, found.output, tile, found.position) };
}

function concatenate(arrays: readonly Float64Array[]): Float64Array {
  if (arrays.length === 1) return arrays[0]!;
  const whole = new Float64Array(arrays.reduce((length, array) => length + array.length, 0));
  let offset = 0;
  for (const array of arrays) {
    whole.set(array, offset);
    offset += array.length;
  }
  return whole;
}
