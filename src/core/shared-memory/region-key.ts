import { invalidRequest } from '../common-errors.ts';
import { shorten } from '../shorten.ts';

/** The longest name of a file. */
const MAX_KEY_BYTES = 255;

/**
 * The name of a region's file in the directory of shared memory. A key is that name, with a slash before it or without, as
 * `shm_open` takes it. With any other slash, or as a name of dots, it would lead elsewhere.
 *
 * @throws {ServiceError} `invalid_request`
 */
export function fileNameOf(key: string): string {
  const name = key.startsWith('/') ? key.slice(1) : key;
  const isPlain = name !== '' && name !== '.' && name !== '..' && !/[/\0]/.test(name);
  if (isPlain && Buffer.byteLength(name) <= MAX_KEY_BYTES) return name;
  const expected = `the name of a shared memory object, of at most ${MAX_KEY_BYTES} bytes, with no slash but one at its start`;
  throw invalidRequest({ pointer: '/key', message: `expected ${expected}, got ${JSON.stringify(shorten(key))}` });
}
