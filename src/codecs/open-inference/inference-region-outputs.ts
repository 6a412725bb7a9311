import { checkHolds, type RegionBytes, writeBytes } from '../../core/shared-memory/region-bytes.ts';
import { inRegion } from '../../core/shared-memory/region-numbers.ts';
import type { Batch } from '../../loss/batch.ts';
import { type RegionArrays, resultFormat } from '../../loss/evaluation.ts';
import { type PlacedTensor, tensorBytes } from '../response-tensors.ts';
import type { OutputTensor } from './inference-outputs.ts';

/** The arrays that the engine writes to regions of shared memory. */
export function regionArrays(batch: Batch, outputs: readonly OutputTensor[]): RegionArrays {
  return Object.fromEntries(
    outputs.flatMap(({ output, region }) =>
      output && region ? [[output, inRegion(region, resultFormat(batch, output))]] : [],
    ),
  );
}

/** A tensor whose bytes go to a region once they are computed. */
export interface RegionTensor extends PlacedTensor {
  readonly region: RegionBytes;
}

/** Memory for those tensors in regions that the engine does not write. */
export function regionSummaryTensors(outputs: readonly OutputTensor[]): RegionTensor[] {
  return outputs.flatMap(({ region, ...tensor }) =>
    region && tensor.output === undefined ? [{ ...tensor, region, bytes: new Uint8Array(tensorBytes(tensor)) }] : [],
  );
}

/** @throws {ServiceError} `invalid_request` if a region can't be written */
export function writeToRegions(tensors: readonly RegionTensor[]): void {
  for (const { region, bytes } of tensors) {
    checkHolds(region);
    writeBytes(region, 0, bytes);
  }
}
