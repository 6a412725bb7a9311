import type { Region, RegionTable } from '../../core/shared-memory/region.ts';
import type { RegionBytes } from '../../core/shared-memory/region-bytes.ts';
import { shorten } from '../../core/shorten.ts';

/** The parameters of an input or output by which it lies in a region of shared memory. */
export interface RegionParameters {
  readonly shared_memory_region?: string | undefined;
  readonly shared_memory_byte_size?: number | undefined;
  readonly shared_memory_offset?: number | undefined;
}

/** Whether any of these parameters is there. */
export function namesRegion(parameters: RegionParameters | null | undefined): boolean {
  return (
    parameters?.shared_memory_region !== undefined ||
    parameters?.shared_memory_byte_size !== undefined ||
    parameters?.shared_memory_offset !== undefined
  );
}

/**
 * Finds the bytes that parameters name.
 *
 * @param regions undefined if there is no shared memory
 * @returns what is wrong, if they can't be found; in Triton's words where it has some
 */
export function findRegionBytes(
  tensor: string,
  { shared_memory_region: name, shared_memory_byte_size: size, shared_memory_offset: offset = 0 }: RegionParameters,
  regions: RegionTable | undefined,
): RegionBytes | string {
  if (regions === undefined) return SHARED_MEMORY_IS_OFF;
  if (name === undefined || size === undefined) {
    const got = name === undefined ? 'no shared_memory_region' : 'no shared_memory_byte_size';
    return `expected both shared_memory_region and shared_memory_byte_size, got ${got}`;
  }
  const region = regions.get(name);
  const shown = `shared memory region: '${shorten(name)}'`;
  if (region === undefined) return `Unable to find ${shown}; register it first`;
  const { byteSize } = region;
  const got = `expected at most the ${byteSize} bytes of the region, got ${offset} + ${size}`;
  if (offset > byteSize) return `Invalid offset for ${shown}: ${got}`;
  if (size > byteSize - offset) return `Invalid offset + byte size for ${shown}: ${got}`;
  return bytesOf(tensor, region, offset, size);
}

export const SHARED_MEMORY_IS_OFF =
  'Client shared memory is disabled. Start the service with SHARED_MEMORY=on (--shared-memory on) to enable it';

function bytesOf(tensor: string, region: Region, offset: number, byteLength: number): RegionBytes {
  const { name, fd, inode } = region;
  return { tensor, region: name, fd, inode, offset, position: region.offset + offset, byteLength };
}
