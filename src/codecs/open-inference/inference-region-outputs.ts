import { checkHolds, writeBytes } from '../../core/shared-memory/region-bytes.ts';
import { inRegion } from '../../core/shared-memory/region-numbers.ts';
import type { Batch } from '../../loss/batch.ts';
import { type RegionArrays, resultFormat } from '../../loss/evaluation.ts';
import type { Summary } from '../../loss/summarize.ts';
import { tensorBytes, writeSummaryTensors } from '../response-tensors.ts';
import type { OutputTensor } from './inference-outputs.ts';

/** The arrays that the engine writes to regions of shared memory. */
export function regionArrays(batch: Batch, outputs: readonly OutputTensor[]): RegionArrays {
  return Object.fromEntries(
    outputs.flatMap(({ output, region }) =>
      output && region ? [[output, inRegion(region, resultFormat(batch, output))]] : [],
    ),
  );
}

/**
 * Writes those tensors to regions that the engine does not write.
 *
 * @throws {ServiceError} `invalid_request` if a region can't be written
 */
export function writeToRegions(outputs: readonly OutputTensor[], summary: Summary): void {
  for (const tensor of outputs) {
    const { output, region } = tensor;
    if (output !== undefined || region === undefined) continue;
    const bytes = new Uint8Array(tensorBytes(tensor));
    writeSummaryTensors([{ ...tensor, bytes }], summary);
    checkHolds(region);
    writeBytes(region, 0, bytes);
  }
}
