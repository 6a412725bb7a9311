import { dispose } from '@tensorflow/tfjs-core';
import { copyNumbers } from '../core/copy-bytes.ts';
import type { Float16Format } from '../core/float-format.ts';
import type { LoadedBatch } from '../loss/batch.ts';
import { kernelArrays, type StoredArrays } from '../loss/evaluation.ts';
import { findOverflow, type Overflow } from '../loss/overflow.ts';
import type { Backend } from './backends/backend.ts';
import { runKernel, viewSums } from './call-kernel.ts';
import { addPosterior } from './posterior/add-posterior.ts';
import { uploadBatch } from './upload-batch.ts';

/** A backend whose results can be read without waiting. */
export type SynchronousBackend = Backend & Required<Pick<Backend, 'viewOf' | 'readFloat16'>>;

export interface SumsAndOverflow {
  /** `[totalsLength(batch)]` */
  readonly sums: Float64Array;
  /** The first result that does not fit its format. */
  readonly overflow: Overflow | undefined;
}

/**
 * Evaluates a batch of a single part in one kernel call that nothing else can interrupt, with the results of `evaluateInto`
 * to the last bit. That waits for its results, as a GPU needs, and each wait is a turn of the event loop's queue.
 *
 * @param arrays the requested arrays of the batch
 * @throws {InvalidPredictionsError}
 */
export function evaluateAtOnce(batch: LoadedBatch, arrays: StoredArrays, backend: SynchronousBackend): SumsAndOverflow {
  const { inputs, options, predictions, dispose: disposeInputs } = uploadBatch(batch, backend);
  try {
    const outputs = runKernel(inputs, options);
    try {
      const [partSums, ...results] = outputs;
      for (const [i, output] of kernelArrays(batch).entries()) {
        const target = arrays[output]!;
        if (target instanceof Float32Array) copyNumbers(backend.viewOf(results[i]!), target);
        else backend.readFloat16(results[i]!, target, batch.gradientsFormat as Float16Format);
      }
      const ofKernel = viewSums(partSums!, backend.viewOf(partSums!)).slice();
      const sums = addPosterior(batch, predictions, arrays.posterior as Float32Array | undefined, ofKernel);
      return { sums, overflow: findOverflow(batch, arrays, sums) };
    } finally {
      dispose(outputs);
    }
  } finally {
    disposeInputs();
  }
}
