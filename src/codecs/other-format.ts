import { ServiceError } from '../core/service-error.ts';
import { isZip } from './npz/zip-signature.ts';

// What to say of a body that has not the format that its Content-Type names.

const OPEN_BRACE = 0x7b;
/** A safetensors file starts with the length of its header in so many bytes. */
const LENGTH_BYTES = 8;

// Each of these is the end of a message; empty if the bytes do not look like that.

/** The header to send if a body that should be a file is JSON: its first bytes are text then, and no length, which would end in zeros. */
export function jsonCure(bytes: Uint8Array): string {
  const first = String.fromCharCode(...bytes.subarray(0, LENGTH_BYTES));
  return /^\s*[{[]/.test(first) && !first.includes('\0')
    ? '; it looks like JSON: send the header "Content-Type: application/json"'
    : '';
}

/** The header to send if a body that should be something else is a safetensors file: a header in JSON behind its length. */
export function safetensorsCure(bytes: Uint8Array): string {
  return bytes[LENGTH_BYTES - 1] === 0 && bytes[LENGTH_BYTES] === OPEN_BRACE
    ? '; it looks like a safetensors file: send the header "Content-Type: application/vnd.safetensors"'
    : '';
}

/**
 * Rejects a zip archive that was sent as something else, which it cannot be.
 *
 * @param expected what it was sent as
 * @throws {ServiceError} `unsupported_media_type`
 */
export function rejectZip(bytes: Uint8Array, expected: string): void {
  if (!isZip(bytes)) return;
  const message = `expected ${expected}, as Content-Type says, got a zip archive: send what numpy.savez writes with the header "Content-Type: application/x-npz"`;
  throw new ServiceError('unsupported_media_type', message);
}
