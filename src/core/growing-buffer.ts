import type { Allocator } from './allocator.ts';
import { bodyTooLarge } from './common-errors.ts';
import { copyBytes } from './copy-bytes.ts';

export interface GrowingBufferOptions {
  /** The most bytes. */
  readonly limit: number;
  /** What to do about more, for the error. */
  readonly cure?: string;
  /** The offset where numbers begin: it is placed at a multiple of 8, so that they can be read in place. */
  readonly alignAt?: number;
}

const ALIGNMENT = 8;
/** What a buffer has before anything was added. */
const INITIAL_BYTES = 65_536;
/** How much larger than what was added it may be, if it is known how much will come. */
const EXPECTED_GROWTH = 16;
/** The same if it is not. */
const UNEXPECTED_GROWTH = 2;

/**
 * A buffer for bytes that arrive in chunks, which grows with what has arrived: a client that declares a gigabyte and sends
 * nothing must not hold a gigabyte.
 */
export class GrowingBuffer {
  readonly #allocator: Allocator;
  readonly #limit: number;
  readonly #cure: string | undefined;
  readonly #expected: number | undefined;
  /** Bytes before the first that align the numbers. */
  readonly #padding: number;
  #bytes: Uint8Array;
  #end: number;

  /** @param expected how many bytes will come, if that is known */
  constructor(allocator: Allocator, { limit, cure, alignAt = 0 }: GrowingBufferOptions, expected?: number) {
    this.#allocator = allocator;
    this.#limit = limit;
    this.#cure = cure;
    this.#expected = expected;
    this.#padding = (ALIGNMENT - (alignAt % ALIGNMENT)) % ALIGNMENT;
    this.#bytes = allocator.bytes(Math.min(this.#padding + (expected ?? limit), INITIAL_BYTES));
    this.#end = this.#padding;
  }

  /** @throws {ServiceError} `body_too_large`, `memory_exhausted` */
  add(chunk: Uint8Array): void {
    const end = this.#end + chunk.length;
    if (end - this.#padding > this.#limit) throw bodyTooLarge(this.#limit, 'more', this.#cure);
    if (end > this.#bytes.length) this.#grow(this.#sizeFor(end));
    copyBytes(chunk, this.#bytes.subarray(this.#end, end));
    this.#end = end;
  }

  /** How many bytes were added. */
  get added(): number {
    return this.#end - this.#padding;
  }

  /** All bytes that are expected, of which `added` are there, once the buffer has its last place. */
  get whole(): Uint8Array | undefined {
    const end = this.#padding + (this.#expected ?? Number.POSITIVE_INFINITY);
    return this.#bytes.length < end ? undefined : this.#bytes.subarray(this.#padding, end);
  }

  /** What was added; nothing can be added after that. */
  finish(): Uint8Array {
    this.#bytes = this.#allocator.resize(this.#bytes, this.#end) ?? this.#bytes;
    return this.#bytes.subarray(this.#padding, this.#end);
  }

  #grow(length: number): void {
    const grown = this.#allocator.resize(this.#bytes, length);
    if (grown) {
      this.#bytes = grown;
      return;
    }
    const larger = this.#allocator.bytes(length);
    larger.set(this.#bytes.subarray(0, this.#end));
    this.#allocator.free(this.#bytes);
    this.#bytes = larger;
  }

  /**
   * The expected length, or a sixteenth of it, or a sixteenth of that, …: what is copied from one buffer to the next is then a
   * fifteenth of all, at most.
   */
  #sizeFor(end: number): number {
    if (this.#expected === undefined) {
      return Math.min(Math.max(end, UNEXPECTED_GROWTH * this.#bytes.length), this.#padding + this.#limit);
    }
    let size = this.#padding + this.#expected;
    while (size > EXPECTED_GROWTH * end) size = Math.ceil(size / EXPECTED_GROWTH);
    return size;
  }
}
