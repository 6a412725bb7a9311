import type { Allocator } from '../../core/allocator.ts';
import { parseJson } from './parse-json.ts';
import { scanTensors } from './scan-tensors.ts';

/** The tensors' precision: float32 where they are computed with, float64 for labels, which may be large integers. */
const TENSOR_FIELDS = {
  logits: 'float32',
  probabilities: 'float32',
  labels: 'float64',
  sample_weights: 'float32',
} as const;

/**
 * Reads a request's fields from JSON. Tensors are read from the text itself; they stand in the object as `ScannedTensor`.
 *
 * @param allocator where the tensors go
 * @throws {ServiceError} `malformed_body`
 */
export function readJsonFields(bytes: Uint8Array, allocator: Allocator): unknown {
  const scanned = scanTensors(bytes, TENSOR_FIELDS, allocator);
  if (scanned === undefined) return parseJson(bytes);
  try {
    return Object.assign(parseJson(scanned.envelope) as object, Object.fromEntries(scanned.tensors));
  } catch {
    return parseJson(bytes); // Its error gives the position in the whole body.
  }
}
