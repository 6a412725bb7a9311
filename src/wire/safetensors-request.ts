import type { Batch } from '../loss/batch.ts';
import { Failure } from '../loss/failure.ts';
import type { Memory } from '../loss/memory.ts';
import { optionValue } from './option-text.ts';
import { preview } from './preview.ts';
import { readRequest } from './request.ts';
import { readSafetensors } from './safetensors-reader.ts';

/** What libraries put into every file that they write; it says nothing of the request. */
const IGNORED_METADATA = 'format';

/**
 * Reads a request from a safetensors file: tensors by the names of their fields, the other fields as metadata.
 *
 * @param file may lie in shared memory; where its tensors are aligned there, the batch's are views of it
 * @throws {Failure} `malformed_body`, or `invalid_request` with everything that was found wrong
 */
export function readSafetensorsRequest(file: Uint8Array, memory: Memory): Batch {
  const { tensors, metadata } = readSafetensors(file);
  const fields: Record<string, unknown> = Object.create(null);
  for (const [name, text] of Object.entries(metadata)) {
    if (name !== IGNORED_METADATA) fields[name] = optionValue(text);
  }
  for (const [name, tensor] of tensors) {
    if (name in fields) {
      const pointer = `/${name}`;
      const message = `expected ${preview(name)} once, got a tensor and metadata of that name`;
      throw new Failure('invalid_request', `${pointer}: ${message}`, { complaints: [{ pointer, message }] });
    }
    fields[name] = tensor;
  }
  return readRequest(fields, memory);
}
