import { DTYPE_BYTES } from '../dtype.ts';
import { readHeaderLength, readSafetensors } from './safetensors-reader.ts';

/** To read a longer header, which is JSON, may take a millisecond. */
export const MAX_SHORT_HEADER_BYTES = 4096;
/** To resolve the options of a class takes as long as to check so many bytes of labels. */
const BYTES_PER_CLASS = 32;
const LAST_AXIS = '-1';
/** An α of a sweep, which is resolved for each class, has at least a digit and a comma. */
const MIN_ALPHA_TEXT = 2;

/**
 * How many bytes of a request, of one loss or a sweep, are checked and converted: all but logits that can be viewed where they
 * are, which only the engine looks at.
 *
 * @returns undefined if that cannot be told from a short header
 * @throws {ServiceError} `malformed_body`
 */
export function bytesToCheck(file: Uint8Array): number | undefined {
  if (readHeaderLength(file) > MAX_SHORT_HEADER_BYTES) return undefined;
  const { tensors, metadata } = readSafetensors(file);
  const logits = tensors.get('logits');
  if (!logits || logits.bytes.byteOffset % DTYPE_BYTES[logits.dtype] !== 0) return undefined;
  const classes = logits.shape.at(Number(metadata.class_axis ?? LAST_AXIS));
  if (!classes) return undefined;
  const alphas = Math.ceil((metadata.alphas?.length ?? 0) / MIN_ALPHA_TEXT);
  return file.length - logits.bytes.length + BYTES_PER_CLASS * classes * (1 + alphas);
}
