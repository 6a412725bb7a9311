import { isUtf8 } from 'node:buffer';
import type { Allocator } from '../../core/allocator.ts';
import { ServiceError } from '../../core/service-error.ts';
import { safetensorsCure } from '../other-format.ts';
import { checkStructure } from './check-structure.ts';
import { malformedJsonCure } from './malformed-json-cure.ts';

/** Less than that is not charged: a request takes as much in any case. */
const MIN_CHARGED_BYTES = 65_536;

/**
 * @param allocator is charged for the values
 * @throws {ServiceError} `malformed_body` if the bytes are not UTF-8, not JSON, too many values, or a name
 *   is there twice; what the allocator throws
 */
export function parseJson(bytes: Uint8Array, allocator: Allocator): unknown {
  if (!isUtf8(bytes)) {
    throw new ServiceError('malformed_body', `The body is not JSON: its bytes are not UTF-8${safetensorsCure(bytes)}`);
  }
  const valueBytes = checkStructure(bytes, 'The body');
  if (valueBytes >= MIN_CHARGED_BYTES) allocator.charge(valueBytes);
  // A TextDecoder accepts no bytes in shared memory.
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
    .toString()
    .replace(/^\uFEFF/, '');
  if (text.trim() === '') throw new ServiceError('malformed_body', 'The body is empty; expected a JSON object');
  try {
    return JSON.parse(text);
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    const cure = safetensorsCure(bytes) || malformedJsonCure(reason, text);
    throw new ServiceError('malformed_body', `The body is not JSON: ${reason}${cure}`, { cause });
  }
}

/** Whether the text is to blame, and not the memory that its values take. */
export function isMalformed(error: unknown): boolean {
  return error instanceof ServiceError && error.code === 'malformed_body';
}
