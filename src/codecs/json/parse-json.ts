import { isUtf8 } from 'node:buffer';
import type { Allocator } from '../../core/allocator.ts';
import { ServiceError } from '../../core/service-error.ts';
import { CLOSE_ARRAY, CLOSE_OBJECT, COLON, COMMA, OPEN_ARRAY, OPEN_OBJECT, QUOTE, skipString } from './json-lexer.ts';

/**
 * @param allocator is charged for the values
 * @throws {ServiceError} `malformed_body` if the bytes are not UTF-8, not JSON, or too many values; what the allocator throws
 */
export function parseJson(bytes: Uint8Array, allocator: Allocator): unknown {
  if (!isUtf8(bytes)) throw new ServiceError('malformed_body', 'The body is not JSON: its bytes are not UTF-8');
  const valueBytes = checkStructure(bytes);
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
    const hint = /token '?[NI-]/.test(reason) ? ' (NaN and Infinity, which some writers print, are not JSON)' : '';
    throw new ServiceError('malformed_body', `The body is not JSON: ${reason}${hint}`, { cause });
  }
}

/** Whether the text is to blame, and not the memory that its values take. */
export function isMalformed(error: unknown): boolean {
  return error instanceof ServiceError && error.code === 'malformed_body';
}

// The limits lie well beyond what requests have, so that most faulty requests are still parsed and their faults located.

/** How deeply arrays and objects may be nested. */
export const MAX_DEPTH = 2 ** 14;
/** How many arrays and objects there may be. Each takes 20 times the memory of its text, or more. */
export const MAX_CONTAINERS = 2 ** 22;
/** How many members all objects may have together. Each takes 200 bytes. */
export const MAX_MEMBERS = 2 ** 18;

// The most memory that each of these takes in V8, by measurement, while `JSON.parse` builds it.
const CONTAINER_BYTES = 64;
const MEMBER_BYTES = 200;
/** A number among others that are no numbers is an object of its own. */
const ITEM_BYTES = 40;
/** A byte of text: in copies of the text, in strings of two bytes per character, and in those of a second thread. */
const TEXT_BYTES = 6;
/** Less than that is not charged: a request takes as much in any case. */
const MIN_CHARGED_BYTES = 65_536;

/**
 * Counts what `JSON.parse` would build, before it does: it would make 2 GB of arrays out of 64 MB of brackets.
 *
 * @returns how many bytes of memory the values take at most
 * @throws {ServiceError} `malformed_body` if it would be too much
 */
export function checkStructure(text: Uint8Array): number {
  let depth = 0;
  let containers = 0;
  let members = 0;
  let items = 0;
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
      case COMMA:
        items += 1;
        break;
    }
  }
  return TEXT_BYTES * text.length + CONTAINER_BYTES * containers + MEMBER_BYTES * members + ITEM_BYTES * items;
}

function tooMuch(what: string, limit: string): ServiceError {
  return new ServiceError('malformed_body', `The body is not read: expected ${what} at most ${limit}, got more`);
}
