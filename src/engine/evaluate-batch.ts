import { copyNumbers } from '../core/copy-bytes.ts';
import type { Batch, LoadedBatch } from '../loss/batch.ts';
import {
  type ArrayTargets,
  type Evaluation,
  emptyEvaluation,
  type StoredArrays,
  totalsLength,
  viewTotals,
} from '../loss/evaluation.ts';
import type { HyperParameters } from '../loss/hyper-parameters.ts';
import { findOverflow, type Overflow } from '../loss/overflow.ts';
import type { Backend } from './backends/backend.ts';
import { callKernel } from './call-kernel.ts';
import { addParts } from './kernel.ts';
import { planCalls } from './kernel-calls.ts';
import { addPosterior } from './posterior/add-posterior.ts';
import { newScratch, reusedScratch } from './scratch.ts';
import { addPart, type SumsInThreads } from './sums-in-threads.ts';
import { callSweepKernel } from './sweep-call.ts';
import { batchOfTile, outputViews, positionInBatch, store } from './tile.ts';
import { type IndexRange, partCount, slicesOfParts, type Tile, tilesOf } from './tiling.ts';
import { type UploadedBatch, uploadBatch } from './upload-batch.ts';

/** Evaluates a batch on a started backend, in this thread, into float32 whatever its `gradientsFormat`. */
export async function evaluateBatch(batch: Batch, backend: Backend): Promise<Evaluation> {
  const { arrays } = emptyEvaluation(batch, (length) => new Float32Array(length));
  const { partSums } = await evaluateInto(batch, arrays, backend);
  return { arrays, ...viewTotals(addParts(partSums, batch), batch) };
}

export interface EvaluateIntoOptions {
  /** Which parts of the batch; by default all. */
  readonly parts?: IndexRange;
  /** Where the sums of each part go for each evaluation: `[evaluations, all parts of the batch, totalsLength(batch)]`. */
  readonly partSums?: Float64Array;
  /** Where those of each evaluation are added up instead, if the backend evaluates parts without dividing them further. */
  readonly addedSums?: readonly SumsInThreads[] | undefined;
  /** Called before each kernel call. */
  readonly isCancelled?: () => boolean;
  /** What to evaluate each tile with, one after another, while its tensors are uploaded; by default the batch's own γ and α. */
  readonly hyperParameters?: readonly HyperParameters[] | undefined;
  /** Whether each label is known to be 0, 1 or ignored, so that one kernel call may serve many hyperparameters. */
  readonly hardLabels?: boolean | undefined;
}

export interface PartResults {
  /** As in the options; by default new memory, 0 for parts that were not evaluated. */
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
 * @param arrays the requested arrays of the whole batch; the last of the hyperparameters fills in those of the evaluated parts
 * @throws {InvalidPredictionsError | CancelledError | ServiceError} the last for a region of shared memory
 */
export async function evaluateInto(
  batch: Batch,
  arrays: ArrayTargets,
  backend: Backend,
  options: EvaluateIntoOptions = {},
): Promise<PartResults> {
  const partsOfBatch = partCount(batch.layout);
  const size = totalsLength(batch);
  const {
    parts = { from: 0, to: partsOfBatch },
    isCancelled = () => false,
    hyperParameters = [batch],
    addedSums,
    partSums = new Float64Array(addedSums ? 0 : hyperParameters.length * partsOfBatch * size),
    hardLabels = false,
  } = options;
  const allocate = backend.allocateUpload ?? (backend.copiesUploads ? reusedScratch : newScratch);
  const calls = planCalls(batch, hyperParameters, hardLabels, backend);
  let nextPart = parts.from;
  let overflow: Overflow | undefined;
  for (const tile of tilesOf(batch.layout, parts, backend.tileSize)) {
    const tileBatch = batchOfTile(batch, tile, allocate, backend.discardUpload);
    const firstPart = tile.continuesPart ? nextPart - 1 : nextPart;
    nextPart = firstPart + slicesOfParts(tile.layout).length;
    const views = outputViews(batch, arrays, tile, backend.viewOf !== undefined, reusedScratch);
    await withUploadedBatch(tileBatch, backend, async ({ inputs, options: kernelOptions, predictions }) => {
      for (const { evaluations, sweep } of calls) {
        if (isCancelled()) throw new CancelledError();
        const parameters = evaluations.map((i): HyperParameters => {
          const { gamma, alpha } = hyperParameters[i]!;
          return { gamma, alpha };
        });
        const use = (evaluation: number, sums: Float64Array, results: StoredArrays) => {
          const from = (evaluation * partsOfBatch + firstPart) * size;
          const to = (evaluation * partsOfBatch + nextPart) * size;
          if (addedSums) addTile(addedSums[evaluation]!, firstPart, sums, isCancelled);
          else storeSums(partSums.subarray(from, to), sums, tileBatch, tile);
          overflow ??= overflowInTile(batch, tile, tileBatch, results, sums);
          store(batch, results, arrays, tile);
        };
        if (sweep) {
          const attributes = { options: kernelOptions, hyperParameters: parameters, labels: sweep };
          await callSweepKernel(inputs, attributes, backend, (i, sums) => use(evaluations[i]!, sums, {}));
        } else {
          const options = { ...kernelOptions, ...parameters[0]! };
          await callKernel(inputs, options, views, backend, (sums, results) => {
            const posterior = views.posterior as Float32Array | undefined;
            const all = addPosterior(tileBatch, predictions, posterior, sums);
            use(evaluations[0]!, all, { ...results, ...(posterior && { posterior }) });
          });
        }
      }
    });
  }
  return { partSums, ...(overflow && { overflow }) };
}

/** @param firstPart of those of the tile, whose sums these are, part by part */
function addTile(added: SumsInThreads, firstPart: number, sums: Float64Array, isCancelled: () => boolean): void {
  const size = added.totals.length;
  for (let at = 0, part = firstPart; at < sums.length; at += size, part++) {
    if (!addPart(added, part, sums.subarray(at, at + size), isCancelled)) throw new CancelledError();
  }
}

/**
 * Stores the sums of a tile as those of its parts. A part that is split into several tiles still has one set of sums. A GPU
 * divides a tile as keeps it busy, and not into its parts: then the sums of the tile stand at its first part.
 */
function storeSums(partSums: Float64Array, sums: Float64Array, tileBatch: Batch, { continuesPart }: Tile): void {
  if (continuesPart) {
    for (const [i, sum] of addParts(sums, tileBatch).entries()) partSums[i]! += sum;
  } else if (sums.length === partSums.length) {
    copyNumbers(sums, partSums);
  } else {
    partSums.fill(0);
    addParts(sums, tileBatch, partSums.subarray(0, totalsLength(tileBatch)));
  }
}

function overflowInTile(batch: Batch, tile: Tile, tileBatch: Batch, views: StoredArrays, sums: Float64Array) {
  const found = findOverflow(tileBatch, views, sums);
  return found && { ...found, position: positionInBatch(batch, found.output, tile, found.position) };
}

/**
 * Uploads a batch, runs `work` with it and disposes of it, also when it fails.
 *
 * @throws {InvalidPredictionsError}
 */
async function withUploadedBatch(
  batch: LoadedBatch,
  backend: Backend,
  work: (uploaded: UploadedBatch) => Promise<void>,
): Promise<void> {
  const uploaded = uploadBatch(batch, backend);
  try {
    await work(uploaded);
  } finally {
    uploaded.dispose();
  }
}
