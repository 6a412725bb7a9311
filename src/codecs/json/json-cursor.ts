import { ServiceError } from '../../core/service-error.ts';
import { describeValue } from '../../core/validation-issues.ts';
import { skipSpace, skipString } from './json-lexer.ts';

/**
 * Reads JSON of a known form from front to back: each method reads the one thing that must come next.
 *
 * `JSON.parse` is not safe for text from strangers: of two members with one name it drops the first in silence, and it
 * builds millions of nested arrays where one string was expected. Here a repeated name is an error, and nothing is built
 * that was not requested.
 *
 * Methods are given what they read for, with which their messages start, and throw `malformed_body` if the text has
 * anything else.
 */
export class JsonCursor {
  readonly #text: Buffer;
  #at = 0;

  /** @param text which is valid UTF-8 */
  constructor(text: Uint8Array) {
    this.#text = Buffer.from(text.buffer, text.byteOffset, text.byteLength);
  }

  /**
   * The names of an object's members, in order; read a member's value before going on to the next name.
   *
   * @param max how many members are allowed
   */
  *members(where: string, max: number): Generator<string, void> {
    this.#expect('{', 'an object', where);
    if (this.#take('}')) return;
    const names = new Set<string>();
    do {
      if (names.size === max) throw this.#malformed(where, `expected at most ${max} members, got more`);
      const name = this.string(where);
      if (names.has(name)) throw this.#malformed(where, `${describeValue(name)} is there twice`);
      names.add(name);
      this.#expect(':', '":"', where);
      yield name;
    } while (this.#take(','));
    this.#expect('}', '"," or "}"', where);
  }

  /** @returns whether null came next */
  null(): boolean {
    this.#at = skipSpace(this.#text, this.#at);
    const found = this.#match(WORD) === 'null';
    if (found) this.#at += 'null'.length;
    return found;
  }

  string(where: string): string {
    this.#expect('"', 'a string', where);
    const start = this.#at - 1;
    this.#at = skipString(this.#text, start);
    try {
      return JSON.parse(this.#text.toString('utf8', start, this.#at)) as string;
    } catch {
      this.#at = start;
      throw this.#malformed(where, 'the string is not valid JSON');
    }
  }

  /** @param max how many integers are allowed */
  integers(where: string, max: number): number[] {
    this.#expect('[', 'an array of integers', where);
    const numbers: number[] = [];
    if (this.#take(']')) return numbers;
    do {
      if (numbers.length === max) throw this.#malformed(where, `expected at most ${max} integers, got more`);
      numbers.push(this.#integer(where));
    } while (this.#take(','));
    this.#expect(']', '"," or "]"', where);
    return numbers;
  }

  /** Nothing but white space may follow. */
  end(where: string): void {
    this.#at = skipSpace(this.#text, this.#at);
    if (this.#at < this.#text.length) throw this.#unexpected('its end', where);
  }

  #integer(where: string): number {
    this.#at = skipSpace(this.#text, this.#at);
    const digits = this.#match(INTEGER);
    const value = Number(digits);
    if (digits === undefined || !Number.isSafeInteger(value)) {
      throw this.#unexpected(`an integer from 0 to ${Number.MAX_SAFE_INTEGER}`, where);
    }
    this.#at += digits.length;
    return value;
  }

  #expect(character: string, expected: string, where: string): void {
    if (!this.#take(character)) throw this.#unexpected(expected, where);
  }

  #take(character: string): boolean {
    this.#at = skipSpace(this.#text, this.#at);
    if (this.#text[this.#at] !== character.charCodeAt(0)) return false;
    this.#at += 1;
    return true;
  }

  #unexpected(expected: string, where: string): ServiceError {
    return this.#malformed(where, `expected ${expected}, got ${this.#found()}`);
  }

  #found(): string {
    const character = this.#text.toString('utf8', this.#at, this.#at + MAX_CHARACTER_BYTES)[0];
    if (character === undefined) return 'the end of the text';
    return STARTS[character] ?? this.#match(WORD) ?? describeValue(character);
  }

  /** What the pattern matches at the cursor. The patterns match ASCII alone. */
  #match(pattern: RegExp): string | undefined {
    return pattern.exec(this.#text.toString('latin1', this.#at, this.#at + MAX_MATCH_BYTES))?.[0];
  }

  #malformed(where: string, message: string): ServiceError {
    const character = this.#text.toString('utf8', 0, this.#at).length;
    return new ServiceError('malformed_body', `${where}: ${message} (at character ${character} of the JSON)`);
  }
}

const STARTS: Readonly<Record<string, string>> = { '"': 'a string', '[': 'an array', '{': 'an object' };
/** A number or a literal, or as much of it as a message shows. */
const WORD = /^[\w.+-]{1,40}/;
/** JSON allows other spellings of integers, such as 1.0 and 1e3, but no library writes sizes like that. */
const INTEGER = /^(?:0|[1-9]\d{0,15})(?![\w.+-])/;
const MAX_MATCH_BYTES = 40;
const MAX_CHARACTER_BYTES = 4;
