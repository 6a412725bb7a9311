import { copyNumbers } from '../../core/copy-bytes.ts';
import type { LoadedBatch } from '../../loss/batch.ts';
import { SUMS_OF_CALIBRATION } from '../../loss/calibration.ts';
import { kernelOutputs, totalsLength } from '../../loss/evaluation.ts';
import { slicesOfParts } from '../tiling.ts';
import { writePosterior } from './write-posterior.ts';

/**
 * Computes what kernels do not: the posterior and its calibration, which are the same on any backend.
 *
 * @param predictions of the batch as float32, which the kernel has got; called only if they are needed
 * @param posterior where it goes, if it is requested
 * @param sums of the kernel, `[parts, totalsLength]` of its outputs
 * @returns the sums of all outputs. A GPU divides a batch as keeps it busy: then calibration stands at its first part
 */
export function addPosterior(
  batch: LoadedBatch,
  predictions: () => Float32Array,
  posterior: Float32Array | undefined,
  sums: Float64Array,
): Float64Array {
  const { outputs, layout } = batch;
  if (!outputs.includes('calibration')) {
    if (posterior) writePosterior(batch, predictions(), { from: 0, to: layout.outer }, { posterior });
    return sums;
  }
  const floats = predictions();
  const ofKernel = totalsLength({ layout, outputs: kernelOutputs(outputs) });
  const size = ofKernel + SUMS_OF_CALIBRATION;
  const kernelParts = sums.length / ofKernel;
  const all = new Float64Array(kernelParts * size);
  for (let part = 0; part < kernelParts; part++) {
    const ofPart = sums.subarray(part * ofKernel, (part + 1) * ofKernel);
    copyNumbers(ofPart, all.subarray(part * size, part * size + ofKernel));
  }
  const parts = slicesOfParts(layout);
  parts.forEach((slices, i) => {
    const end = (parts.length === kernelParts ? i + 1 : 1) * size;
    const calibration = all.subarray(end - SUMS_OF_CALIBRATION, end);
    writePosterior(batch, floats, slices, { posterior, calibration });
  });
  return all;
}
