import type { Allocator } from '../../core/allocator.ts';
import { invalidRequest } from '../../core/common-errors.ts';
import { describeValue } from '../../core/validation-issues.ts';
import { formatShape, product } from '../../loss/tensor.ts';
import { checkStructure, OPTION } from '../json/check-structure.ts';
import { malformedJsonCure } from '../json/malformed-json-cure.ts';
import { malformedNpz } from './malformed-npz.ts';
import { readText, textMemoryBytes } from './npy-text.ts';
import type { NpzArray } from './npz-arrays.ts';

/** Values that take less are not charged: a request takes as much in any case. */
const MIN_CHARGED_BYTES = 65_536;
const POINTER = '/options';
const EXPECTED = 'expected the text of a JSON object, as of json.dumps';

/**
 * Reads the array `options`: one string, the text of a JSON object.
 *
 * @param allocator is charged for its values
 * @throws {ServiceError} `malformed_body` if the text is not JSON, `invalid_request` if it is no text of an object
 */
export function readOptionsText(array: NpzArray, allocator: Allocator): Readonly<Record<string, unknown>> {
  if (array.kind !== 'text' || product(array.shape) !== 1) {
    const got =
      array.kind === 'text' ? `strings of shape ${formatShape(array.shape)}` : `numbers of type ${array.dtype}`;
    throw invalidRequest({ pointer: POINTER, message: `${EXPECTED}, got ${got}` });
  }
  const textMemory = textMemoryBytes(array);
  const text = readText(array)[0]!;
  const valueBytes = textMemory + checkStructure(Buffer.from(text), 'The array "options"', OPTION);
  if (valueBytes >= MIN_CHARGED_BYTES) allocator.charge(valueBytes);
  const value = parse(text);
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Record<string, unknown>;
  throw invalidRequest({ pointer: POINTER, message: `${EXPECTED}, got that of ${describeValue(value)}` });
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw malformedNpz(`The array "options" is not JSON: ${reason}${malformedJsonCure(reason, text)}`, cause);
  }
}
