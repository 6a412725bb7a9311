import type { Allocator } from '../../core/allocator.ts';
import { invalidRequest } from '../../core/common-errors.ts';
import { describeValue } from '../../core/validation-issues.ts';
import { GAMMA_SIDES, joinGammaSides } from '../gamma-field.ts';
import { parseOption } from '../parse-option.ts';
import { checkFields, type RequestFields } from '../read-batch.ts';
import { toPointer } from '../schema-issues.ts';
import { readSafetensors, type Safetensors } from './safetensors-reader.ts';

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
  return fieldsOf(readSafetensors(file), allocator);
}

/**
 * Options that were valid, by the metadata that have them: files with the same header share these. What is read from the header is the
 * same then, as is what is found wrong with it.
 */
const checkedOptions = new WeakMap<Safetensors['metadata'], RequestFields>();

/**
 * Reads and checks the fields of a request for one loss; tensors stay as they are.
 *
 * @throws {ServiceError} as `readSafetensorsFields`, or `invalid_request` with everything that was found wrong
 */
export function readCheckedFields(file: Uint8Array, allocator: Allocator): RequestFields {
  const content = readSafetensors(file);
  const known = checkedOptions.get(content.metadata);
  if (known) return { ...known, ...Object.fromEntries(content.tensors) };
  const fields = checkFields(fieldsOf(content, allocator));
  // A gamma of tensors for each side is in a field that has no tensor's name, and would be kept with the file that it is a view of.
  const hasSides = GAMMA_SIDES.some((name) => content.tensors.has(name));
  if (content.headerBytes < MIN_CHARGED_BYTES && !hasSides) {
    const none = Object.fromEntries([...content.tensors.keys()].map((name) => [name, undefined]));
    checkedOptions.set(content.metadata, { ...fields, ...none }); // The tensors are views of the file, and not kept.
  }
  return fields;
}

function fieldsOf(
  { tensors, metadata, headerBytes }: Safetensors,
  allocator: Allocator,
): Readonly<Record<string, unknown>> {
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
