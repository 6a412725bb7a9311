import { Failure } from '../../core/service-error.ts';
import { preview } from '../describe-value.ts';
import { optionValue } from '../parse-option.ts';
import { readSafetensors } from './safetensors-reader.ts';

/** What libraries put into every file that they write; it says nothing of the request. */
const IGNORED_METADATA = 'format';

/**
 * Reads a request's fields from a safetensors file: tensors by the names of their fields, the other fields as metadata.
 *
 * @param file may lie in shared memory; its tensors are views of it
 * @throws {Failure} `malformed_body`, or `invalid_request` where a field is there twice
 */
export function readSafetensorsFields(file: Uint8Array): Readonly<Record<string, unknown>> {
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
  return fields;
}
