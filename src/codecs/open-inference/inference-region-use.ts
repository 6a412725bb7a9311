import type { RegionTable } from '../../core/shared-memory/region.ts';
import type { RegionBytes } from '../../core/shared-memory/region-bytes.ts';
import type { ValidationIssues } from '../../core/validation-issues.ts';
import type { RegionUse } from '../codec.ts';
import type { OutputTensor } from './inference-outputs.ts';
import { findRegionBytes, namesRegion } from './inference-regions.ts';
import type { InferenceRequest } from './inference-schema.ts';

/**
 * What a valid request uses of shared memory. Outputs that overlap are rejected: threads write them, and read the predictions,
 * at the same time.
 */
export function regionUseOf(
  { inputs, outputs: requested }: InferenceRequest,
  outputs: readonly OutputTensor[],
  regions: RegionTable | undefined,
  issues: ValidationIssues,
): RegionUse | undefined {
  const read = inputs.flatMap(({ name, parameters }) => {
    const found = namesRegion(parameters) ? findRegionBytes(name, parameters!, regions) : '';
    return typeof found === 'string' ? [] : [found];
  });
  const written = outputs.flatMap(({ region }) => region ?? []);
  const used = [...read, ...written];
  if (used.length === 0) return undefined;
  written.forEach((output, i) => {
    const other = [...read, ...written.slice(0, i)].find((bytes) => overlap(bytes, output));
    if (!other) return;
    const index = requested!.findIndex(({ name }) => name === output.tensor);
    const message = `expected ${output.tensor} to overlap no other tensor, got bytes that ${other.tensor} has, too`;
    issues.add(() => ({ pointer: `/outputs/${index}`, message }));
  });
  return { names: used.map(({ region }) => region), bytesRead: totalBytes(read), bytesWritten: totalBytes(written) };
}

/** Two regions may be of one file. */
function overlap(a: RegionBytes, b: RegionBytes): boolean {
  const isBefore = (first: RegionBytes, second: RegionBytes) => first.position + first.byteLength <= second.position;
  return a.inode === b.inode && a.byteLength > 0 && b.byteLength > 0 && !isBefore(a, b) && !isBefore(b, a);
}

function totalBytes(tensors: readonly RegionBytes[]): number {
  return tensors.reduce((total, { byteLength }) => total + byteLength, 0);
}
