import type { Batch } from '../loss/batch.ts';
import { freshMemory, type Memory } from '../loss/memory.ts';
import { scanTensors } from './json-scan.ts';
import { parseJson } from './json-text.ts';
import { readRequest } from './request.ts';
import { MAX_RANK } from './tensor-shape.ts';

/** How precisely the tensors are read: float32 for what is computed with, float64 for labels, which may be integers. */
const TENSOR_FIELDS = {
  logits: 'float32',
  probabilities: 'float32',
  labels: 'float64',
  sample_weights: 'float32',
} as const;

/**
 * Reads a JSON request.
 *
 * @param memory where the batch's tensors go
 * @throws {Failure} `malformed_body`, or `invalid_request` with everything that was found wrong
 */
export function readJsonRequest(bytes: Uint8Array, memory: Memory = freshMemory): Batch {
  return readRequest(parseBody(bytes, memory), memory);
}

/** Tensors are read from the text itself; they stand in the object as `ScannedTensor`. */
function parseBody(bytes: Uint8Array, memory: Memory): unknown {
  const scanned = scanTensors(bytes, TENSOR_FIELDS, MAX_RANK, memory);
  if (scanned === undefined) return parseJson(bytes);
  try {
    return Object.assign(parseJson(scanned.envelope) as object, Object.fromEntries(scanned.tensors));
  } catch {
    return parseJson(bytes); // What is wrong is told in terms of the whole body.
  }
}
