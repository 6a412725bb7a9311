import { isUtf8 } from 'node:buffer';
import { ServiceError } from '../../core/service-error.ts';
import { CLOSE_ARRAY, CLOSE_OBJECT, COLON, OPEN_ARRAY, OPEN_OBJECT, QUOTE, skipString } from './json-lexer.ts';

/** @throws {ServiceError} `malformed_body` if the bytes are not UTF-8, not JSON, or too many values */
export function parseJson(bytes: Uint8Array): unknown {
  if (!isUtf8(bytes)) throw new ServiceError('malformed_body', 'The body is not JSON: its bytes are not UTF-8');
  checkStructure(bytes);
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

// The limits lie well beyond what requests have, so that most faulty requests are still parsed and their faults located.

/** How deeply arrays and objects may be nested. */
export const MAX_DEPTH = 2 ** 14;
/** How many arrays and objects there may be. Each takes 20 times the memory of its text, or more. */
export const MAX_CONTAINERS = 2 ** 22;
/** How many members all objects may have together. Each takes 200 bytes. */
export const MAX_MEMBERS = 2 ** 18;

/**
 * Counts what `JSON.parse` would build, before it does: it would make 2 GB of arrays out of 64 MB of brackets. Numbers are
 * not counted, because they take no more than a few times the memory of their text.
 *
 * @throws {ServiceError} `malformed_body` if it would be too much
 */
export function checkStructure(text: Uint8Array): void {
  let depth = 0;
  let containers = 0;
  let members = 0;
  for (let at = 0; at < text.length; at++) {
    switch (text[at]) {
      case QUOTE:
        at = skipString(text, at) - 1; // The loop steps over the closing quote.
        break;
      case OPEN_ARRAY:
      case OPEN_OBJECT:
        depth += 1;
        containers += 1;
        if (depth > MAX_DEPTH) throw tooMuch('arrays and objects', `${MAX_DEPTH} deep in each other`);
        if (containers > MAX_CONTAINERS) throw tooMuch('arrays and objects', `${MAX_CONTAINERS} in all`);
        break;
      case CLOSE_ARRAY:
      case CLOSE_OBJECT:
        depth -= 1;
        break;
      case COLON:
        members += 1;
        if (members > MAX_MEMBERS) throw tooMuch('members', `${MAX_MEMBERS} in all objects`);
        break;
    }
  }
}

function tooMuch(what: string, limit: string): ServiceError {
  return new ServiceError('malformed_body', `The body is not read: expected ${what} at most ${limit}, got more`);
}
