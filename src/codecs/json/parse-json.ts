import { isUtf8 } from 'node:buffer';
import { ServiceError } from '../../core/service-error.ts';
import { checkStructure } from './check-structure.ts';

/** @throws {ServiceError} `malformed_body` if the bytes are not UTF-8, not JSON, too many values, or a name is there twice */
export function parseJson(bytes: Uint8Array): unknown {
  if (!isUtf8(bytes)) throw new ServiceError('malformed_body', 'The body is not JSON: its bytes are not UTF-8');
  checkStructure(bytes, 'The body');
  // A TextDecoder accepts no bytes in shared memory.
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
    .toString()
    .replace(/^\uFEFF/, '');
  if (text.trim() === '') throw new ServiceError('malformed_body', 'The body is empty; expected a JSON object');
  try {
    return JSON.parse(text);
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    const hint = /token '?[NI-]/.test(reason) ? ' (NaN and Infinity, which some writers print, are not JSON)' : '';
    throw new ServiceError('malformed_body', `The body is not JSON: ${reason}${hint}`, { cause });
  }
}
