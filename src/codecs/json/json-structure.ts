import { ServiceError } from '../../core/service-error.ts';
import { BACKSLASH, CLOSE_ARRAY, CLOSE_OBJECT, COLON, OPEN_ARRAY, OPEN_OBJECT, QUOTE } from './ascii.ts';

// Well beyond what requests have, so that what is wrong with one can still be told by its place in it.

/** How deep arrays and objects may lie in each other. */
export const MAX_DEPTH = 2 ** 14;
/** How many arrays and objects there may be, each of which takes 20 times its text in memory and more. */
export const MAX_CONTAINERS = 2 ** 22;
/** How many members all objects may have together, at 200 bytes each. */
export const MAX_MEMBERS = 2 ** 18;

/**
 * Looks at what the language's parser would build, before it does: of 64 MB of brackets it makes 2 GB of arrays. Numbers
 * are not counted, which take no more than a few times their text.
 *
 * @throws {ServiceError} `malformed_body` where it would be too much
 */
export function checkStructure(text: Uint8Array): void {
  let depth = 0;
  let containers = 0;
  let members = 0;
  for (let at = 0; at < text.length; at++) {
    switch (text[at]) {
      case QUOTE:
        at = closingQuote(text, at);
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

function closingQuote(text: Uint8Array, opening: number): number {
  let at = opening + 1;
  while (at < text.length && text[at] !== QUOTE) at += text[at] === BACKSLASH ? 2 : 1;
  return at;
}

function tooMuch(what: string, limit: string): ServiceError {
  return new ServiceError('malformed_body', `The body is not read: expected ${what} at most ${limit}, got more`);
}
