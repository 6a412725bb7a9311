import { bytesToConvert } from '../bytes-to-convert.ts';
import { readHeaderLength, readSafetensors } from './safetensors-reader.ts';

/** To read a longer header, which is JSON, may take a millisecond. */
export const MAX_SHORT_HEADER_BYTES = 4096;

/**
 * How many bytes of a request are checked and converted.
 *
 * @returns undefined if that cannot be told from a short header
 * @throws {ServiceError} `malformed_body`
 */
export function bytesToCheck(file: Uint8Array): number | undefined {
  if (readHeaderLength(file) > MAX_SHORT_HEADER_BYTES) return undefined;
  const { tensors, metadata } = readSafetensors(file);
  return bytesToConvert({ bytes: file.length, tensors, options: metadata });
}
