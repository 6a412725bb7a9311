import type { RequestBody } from '../codec.ts';
import { DTYPE_BYTES } from '../dtype.ts';
import { MAX_SHORT_HEADER_BYTES } from './bytes-to-check.ts';
import { readHeaderLength, readSafetensors } from './safetensors-reader.ts';

/** More than the length of the header and a short header. */
const MIN_ARRIVED_BYTES = 8 + MAX_SHORT_HEADER_BYTES;

/**
 * Where the logits begin, if they are the last tensor of the file and can be viewed where they are.
 *
 * @param body not all of it has arrived
 * @throws {ServiceError} `malformed_body`
 */
export function logitsStart({ bytes: file }: RequestBody, arrivedBytes: number): number | undefined {
  if (arrivedBytes < MIN_ARRIVED_BYTES || readHeaderLength(file) > MAX_SHORT_HEADER_BYTES) return undefined;
  const { tensors } = readSafetensors(file);
  const logits = tensors.get('logits');
  if (!logits || logits.bytes.byteOffset % DTYPE_BYTES[logits.dtype] !== 0) return undefined;
  const start = logits.bytes.byteOffset - file.byteOffset;
  return start + logits.bytes.length === file.length ? start : undefined;
}
