import type { Allocator } from '../../core/allocator.ts';
import { invalidRequest } from '../../core/common-errors.ts';
import { describeValue } from '../../core/validation-issues.ts';
import { joinGammaSides } from '../gamma-field.ts';
import { parseOption } from '../parse-option.ts';
import { toPointer } from '../schema-issues.ts';
import { readSafetensors } from './safetensors-reader.ts';

/** Libraries put this into every file that they write, and it says nothing about the request. */
const IGNORED_METADATA = 'format';

/**
 * The most memory that a byte of the header takes: four of them may be a number in an array, of 24 bytes, which `JSON.parse`
 * collects in 16 more; and the text is copied up to six times, in one byte per character or two.
 */
const HEADER_BYTES = 20;
/** Less than that is not charged: a request takes as much in any case. */
const MIN_CHARGED_BYTES = 4096;

/**
 * Reads a request's fields from a safetensors file: tensors by the names of their fields, the other fields as metadata.
 *
 * @param file may lie in shared memory; its tensors are views of it
 * @param allocator is charged for the values in the metadata
 * @throws {ServiceError} `malformed_body`, or `invalid_request` where one field is given twice, or γ for one side alone
 */
export function readSafetensorsFields(file: Uint8Array, allocator: Allocator): Readonly<Record<string, unknown>> {
  const { tensors, metadata, headerBytes } = readSafetensors(file);
  if (headerBytes >= MIN_CHARGED_BYTES) allocator.charge(HEADER_BYTES * headerBytes);
  const fields: Record<string, unknown> = Object.create(null);
  for (const [name, text] of Object.entries(metadata)) {
    if (name !== IGNORED_METADATA) fields[name] = parseOption(name, text);
  }
  for (const [name, tensor] of tensors) {
    if (name in fields) {
      const pointer = toPointer([name]);
      const message = `expected ${describeValue(name)} once, got a tensor and metadata of that name`;
      throw invalidRequest({ pointer, message });
    }
    fields[name] = tensor;
  }
  return joinGammaSides(fields);
}
