import type { BufferLease } from '../core/buffer-lease.ts';
import { ServiceError } from '../core/service-error.ts';

export interface BodyOptions {
  /** The most bytes, after decompression. */
  readonly limit: number;
  /** The offset in the body where numbers begin: it is placed at a multiple of 8, so that they can be read in place. */
  readonly alignAt?: number;
}

const ALIGNMENT = 8;
/** What a body gets before any of it has arrived. */
const INITIAL_BYTES = 65_536;
/** How much larger than what has arrived a buffer may be, if the client has said how much will come. */
const DECLARED_GROWTH = 16;
/** The same if it has not. */
const UNDECLARED_GROWTH = 2;

/**
 * A buffer for a body that arrives in chunks, which grows with what has arrived: a client that declares a gigabyte and sends
 * nothing must not hold a gigabyte.
 */
export class BodyBuffer {
  readonly #lease: BufferLease;
  readonly #limit: number;
  readonly #declared: number | undefined;
  /** Bytes before the body that align its numbers. */
  readonly #padding: number;
  #bytes: Uint8Array;
  #end: number;

  /** @param declared the body's length, if it is known */
  constructor(lease: BufferLease, { limit, alignAt = 0 }: BodyOptions, declared?: number) {
    this.#lease = lease;
    this.#limit = limit;
    this.#declared = declared;
    this.#padding = (ALIGNMENT - (alignAt % ALIGNMENT)) % ALIGNMENT;
    this.#bytes = lease.bytes(Math.min(this.#padding + (declared ?? limit), INITIAL_BYTES));
    this.#end = this.#padding;
  }

  /** @throws {ServiceError} `body_too_large`, `memory_exhausted` */
  add(chunk: Uint8Array): void {
    const end = this.#end + chunk.length;
    if (end - this.#padding > this.#limit) throw bodyTooLarge(this.#limit, 'more');
    if (end > this.#bytes.length) {
      const larger = this.#lease.bytes(this.#sizeFor(end));
      larger.set(this.#bytes.subarray(0, this.#end));
      this.#lease.free(this.#bytes);
      this.#bytes = larger;
    }
    this.#bytes.set(chunk, this.#end);
    this.#end = end;
  }

  body(): Uint8Array {
    return this.#bytes.subarray(this.#padding, this.#end);
  }

  /**
   * The length of a declared body, or a sixteenth of it, or a sixteenth of that, …: what is copied from one buffer to the next
   * is then a fifteenth of the body in all.
   */
  #sizeFor(end: number): number {
    if (this.#declared === undefined) {
      return Math.min(Math.max(end, UNDECLARED_GROWTH * this.#bytes.length), this.#padding + this.#limit);
    }
    let size = this.#padding + this.#declared;
    while (size > DECLARED_GROWTH * end) size = Math.ceil(size / DECLARED_GROWTH);
    return size;
  }
}

export function bodyTooLarge(limit: number, got: string): ServiceError {
  return new ServiceError('body_too_large', `expected a body of at most ${limit} bytes, got ${got}`);
}
