import { ServiceError } from '../../core/service-error.ts';
import { describeValue } from '../describe-value.ts';

/**
 * Reads JSON of a known form from front to back, each piece as what must stand there.
 *
 * The language's parser would not do where the text comes from anyone: of two members with one name it drops the first
 * in silence, and it builds millions of nested arrays before one can say that none was wanted. Here a name that comes
 * twice is an error, and nothing is built that was not requested.
 *
 * Each method takes what it reads for, which its messages start with, and throws a `malformed_body` failure where the
 * text has anything else.
 */
export class JsonCursor {
  readonly #text: string;
  #at = 0;

  constructor(text: string) {
    this.#text = text;
  }

  /**
   * The names of an object's members, in order; read a member's value before going on to the next name.
   *
   * @param most how many there may be at most
   */
  *members(where: string, most: number): Generator<string, void> {
    this.#expect('{', 'an object', where);
    if (this.#take('}')) return;
    const names = new Set<string>();
    do {
      if (names.size === most) throw this.#failure(where, `expected at most ${most} members, got more`);
      const name = this.string(where);
      if (names.has(name)) throw this.#failure(where, `${describeValue(name)} is there twice`);
      names.add(name);
      this.#expect(':', '":"', where);
      yield name;
    } while (this.#take(','));
    this.#expect('}', '"," or "}"', where);
  }

  string(where: string): string {
    this.#expect('"', 'a string', where);
    const start = this.#at - 1;
    while (this.#at < this.#text.length && this.#text[this.#at] !== '"') {
      this.#at += this.#text[this.#at] === '\\' ? 2 : 1;
    }
    this.#at += 1;
    try {
      return JSON.parse(this.#text.slice(start, this.#at)) as string;
    } catch {
      this.#at = start;
      throw this.#failure(where, 'the string is not valid JSON');
    }
  }

  /** @param most how many there may be at most */
  integers(where: string, most: number): number[] {
    this.#expect('[', 'an array of integers', where);
    const numbers: number[] = [];
    if (this.#take(']')) return numbers;
    do {
      if (numbers.length === most) throw this.#failure(where, `expected at most ${most} integers, got more`);
      numbers.push(this.#integer(where));
    } while (this.#take(','));
    this.#expect(']', '"," or "]"', where);
    return numbers;
  }

  /** Nothing but white space may follow. */
  end(where: string): void {
    this.#skipSpace();
    if (this.#at < this.#text.length) throw this.#unexpected('its end', where);
  }

  #integer(where: string): number {
    this.#skipSpace();
    const digits = matchAt(INTEGER, this.#text, this.#at);
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
    this.#skipSpace();
    if (this.#text[this.#at] !== character) return false;
    this.#at += 1;
    return true;
  }

  #skipSpace(): void {
    while (WHITE_SPACE.has(this.#text[this.#at]!)) this.#at += 1;
  }

  #unexpected(expected: string, where: string): ServiceError {
    return this.#failure(where, `expected ${expected}, got ${this.#found()}`);
  }

  #found(): string {
    const character = this.#text[this.#at];
    if (character === undefined) return 'the end of the text';
    return STARTS[character] ?? matchAt(WORD, this.#text, this.#at) ?? describeValue(character);
  }

  #failure(where: string, message: string): ServiceError {
    return new ServiceError('malformed_body', `${where}: ${message} (at character ${this.#at} of the JSON)`);
  }
}

const WHITE_SPACE = new Set([' ', '\t', '\n', '\r']);
const STARTS: Readonly<Record<string, string>> = { '"': 'a string', '[': 'an array', '{': 'an object' };
/** A number or a literal, or as much of it as a message shows. */
const WORD = /[\w.+-]{1,40}/y;
/** JSON writes integers in other ways too, 1.0 and 1e3: sizes are not written so. */
const INTEGER = /(?:0|[1-9]\d{0,15})(?![\w.+-])/y;

function matchAt(pattern: RegExp, text: string, at: number): string | undefined {
  pattern.lastIndex = at;
  return pattern.exec(text)?.[0];
}
