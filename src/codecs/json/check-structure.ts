import { isAscii } from 'node:buffer';
import { ServiceError } from '../../core/service-error.ts';
import { describeValue } from '../../core/validation-issues.ts';
import { MAX_CLASSES } from '../../loss/limits.ts';
import { CLOSE_ARRAY, CLOSE_OBJECT, COLON, COMMA, OPEN_ARRAY, OPEN_OBJECT, QUOTE, skipString } from './json-lexer.ts';

// The limits lie well beyond what requests have, so that most faulty requests are still parsed and their faults located.

/**
 * How deeply arrays and objects may be nested; requests need 10 levels. Whatever calls itself for each level can therefore
 * not exhaust the stack.
 */
export const MAX_DEPTH = 64;
/** How many arrays and objects there may be. Each takes 20 times the memory of its text, or more. */
export const MAX_CONTAINERS = 2 ** 22;
/** How many members all objects may have together. Each takes 200 bytes; a sweep of 256 alpha schemes has 1050. */
export const MAX_MEMBERS = 2 ** 11;
/** The longest name of a member, in bytes of its text. */
export const MAX_NAME_BYTES = 1024;
/** The longest string, in bytes of its text. It may be an option of 2^18 classes. */
export const MAX_STRING_BYTES = 2 ** 22;

// The most memory that each of these takes in V8, by measurement, while `JSON.parse` builds it.
const CONTAINER_BYTES = 64;
const MEMBER_BYTES = 200;
/** A number among others that are no numbers is an object of its own. */
const ITEM_BYTES = 40;
/** A byte of text that is not all ASCII: a string has two bytes per character where one of them needs two. */
const TEXT_BYTES = 2;
/** A byte of a string in the text: in that string, in its copy on the way to another thread, and in that of the thread. */
const STRING_BYTES = 6;

export interface StructureLimits {
  readonly containers: number;
  /** How many items an array may have. `JSON.parse` collects them in memory that the process keeps. */
  readonly items: number;
}

/** Tensors may be among the arrays. */
const BODY: StructureLimits = { containers: MAX_CONTAINERS, items: Number.POSITIVE_INFINITY };
/** An option that is text. Arrays and objects in it are lists and alpha schemes, of which a sweep has 256. */
export const OPTION: StructureLimits = { containers: 2 ** 12, items: MAX_CLASSES };

/**
 * To be called before `JSON.parse`, always: it counts what that would build, which is 2 GB of arrays for 64 MB of brackets.
 *
 * Names must differ, because `JSON.parse` drops all but the last of the same name in silence. Whether the rest of the text
 * is JSON is left to it.
 *
 * @param where what the text is, with which messages start
 * @returns how many bytes of memory the values take at most
 * @throws {ServiceError} `malformed_body` if it would be too much, or an object has a name twice
 */
export function checkStructure(text: Uint8Array, where: string, limits: StructureLimits = BODY): number {
  const reject = (expected: string, got = 'more') =>
    new ServiceError('malformed_body', `${where} is not read: expected ${expected}, got ${got}`);
  const characters = Buffer.from(text.buffer, text.byteOffset, text.length);
  const textBytes = (isAscii(text) ? 1 : TEXT_BYTES) * text.length;
  /** The names so far in each array and object that is open; undefined without any. */
  const open: (Set<string> | undefined)[] = [];
  let containers = 0;
  let members = 0;
  let items = 0;
  /** How many of them come before the items since the last bracket. */
  let itemsBefore = 0;
  let stringBytes = 0;
  // The last string, until a colon makes it a name.
  let stringStart = 0;
  let stringEnd = 0;
  for (let at = 0; at < text.length; at++) {
    const byte = text[at]!;
    if (byte === COMMA) {
      items += 1;
      if (items - itemsBefore >= limits.items) throw reject(`arrays of at most ${limits.items} items`);
    }
    if (byte < COLON && byte !== QUOTE) continue; // Digits, commas and spaces: almost all that there is.
    switch (byte) {
      case QUOTE:
        stringStart = at;
        stringEnd = skipString(text, at);
        if (stringEnd - stringStart > MAX_STRING_BYTES) throw reject(`strings at most ${MAX_STRING_BYTES} bytes long`);
        stringBytes += stringEnd - stringStart;
        at = stringEnd - 1; // The loop steps over the closing quote.
        break;
      case OPEN_ARRAY:
      case OPEN_OBJECT:
        open.push(undefined);
        containers += 1;
        itemsBefore = items;
        if (open.length > MAX_DEPTH) throw reject(`arrays and objects at most ${MAX_DEPTH} deep in each other`);
        if (containers > limits.containers) throw reject(`arrays and objects at most ${limits.containers} in all`);
        break;
      case CLOSE_ARRAY:
      case CLOSE_OBJECT:
        if (open.length === 0) return textBytes; // This is not JSON, and `JSON.parse` gets no further.
        open.pop();
        itemsBefore = items;
        break;
      case COLON: {
        members += 1;
        if (members > MAX_MEMBERS) throw reject(`members at most ${MAX_MEMBERS} in all objects`);
        if (open.length === 0 || stringStart === stringEnd) break; // This is not JSON.
        if (stringEnd - stringStart > MAX_NAME_BYTES) throw reject(`names at most ${MAX_NAME_BYTES} bytes long`);
        const names = open.pop() ?? new Set();
        const name = unquote(characters.toString('utf8', stringStart, stringEnd));
        if (names.has(name)) throw reject('each name once in an object', `${describeValue(name)} twice`);
        open.push(names.add(name));
        stringStart = stringEnd;
        break;
      }
    }
  }
  return (
    textBytes + STRING_BYTES * stringBytes + CONTAINER_BYTES * containers + MEMBER_BYTES * members + ITEM_BYTES * items
  );
}

/** The name that a quoted string stands for: escaped or not, it is the same. */
function unquote(quoted: string): string {
  if (!quoted.includes('\\')) return quoted.slice(1, -1);
  try {
    return JSON.parse(quoted) as string;
  } catch {
    return quoted; // The text is not JSON, which will be found when it is parsed.
  }
}
