import { isUtf8 } from 'node:buffer';
import type { Allocator } from '../../core/allocator.ts';
import { ServiceError } from '../../core/service-error.ts';
import { checkStructure } from './check-structure.ts';

/** Less than that is not charged: a request takes as much in any case. */
const MIN_CHARGED_BYTES = 65_536;

/**
 * @param allocator is charged for the values
 * @throws {ServiceError} `malformed_body` if the bytes are not UTF-8, not JSON, too many values, or a name
 *   is there twice; what the allocator throws
 */
export function parseJson(bytes: Uint8Array, allocator: Allocator): unknown {
  if (!isUtf8(bytes)) throw new ServiceError('malformed_body', 'The body is not JSON: its bytes are not UTF-8');
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
    throw new ServiceError('malformed_body', `The body is not JSON: ${reason}${cureFor(reason, text)}`, { cause });
  }
}

const NOT_FINITE =
  ' (NaN and Infinity, which some writers print, are not JSON: for an infinite logit send 10000 or -10000, and any number ' +
  'where predictions are ignored or have weight 0)';

/** `JSON.parse` takes a minus for the start of a number, and gives the position behind it. */
function cureFor(reason: string, text: string): string {
  if (/token '?[NI]/.test(reason)) return NOT_FINITE;
  const position = Number(/minus sign .*at position (\d+)/.exec(reason)?.[1]);
  return /^(inf|nan)/i.test(text.slice(position, position + 3)) ? NOT_FINITE : '';
}

/** Whether the text is to blame, and not the memory that its values take. */
export function isMalformed(error: unknown): boolean {
  return error instanceof ServiceError && error.code === 'malformed_body';
}
