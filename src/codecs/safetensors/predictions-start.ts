import type { RequestBody } from '../codec.ts';
import { isFloat } from '../dtype.ts';
import { isPredictions } from '../prediction-names.ts';
import { isAligned } from '../raw-tensor.ts';
import { MAX_SHORT_HEADER_BYTES } from './bytes-to-check.ts';
import { readHeaderLength, readSafetensors } from './safetensors-reader.ts';

/** More than the length of the header and a short header. */
const MIN_ARRIVED_BYTES = 8 + MAX_SHORT_HEADER_BYTES;

/**
 * Where the predictions begin, if they are the last tensor of the file and can be viewed where they are.
 *
 * @param body not all of it has arrived
 * @throws {ServiceError} `malformed_body`
 */
export function predictionsStart({ bytes: file }: RequestBody, arrivedBytes: number): number | undefined {
  if (arrivedBytes < MIN_ARRIVED_BYTES || readHeaderLength(file) > MAX_SHORT_HEADER_BYTES) return undefined;
  const { tensors } = readSafetensors(file);
  const [name, last] = [...tensors].at(-1) ?? [];
  if (!name || !last || !isPredictions(name) || !isAligned(last) || !isFloat(last.dtype)) return undefined;
  return file.length - last.bytes.length;
}
