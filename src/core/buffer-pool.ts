import { Failure } from './service-error.ts';

/**
 * Where tensors lie: in memory that threads share, so that a batch goes to an engine and its results come back without
 * a copy.
 */
export interface Memory {
  /** Not cleared: it is for those who write every number. */
  float32(length: number): Float32Array;
  int32(length: number): Int32Array;
  bytes(length: number): Uint8Array;
  /** Takes one back before the rest; nobody may be at it any more. */
  giveBack(bytes: Uint8Array): void;
  /** Says that somebody may write here until then, so that nobody else may get this memory before. */
  keepFor(work: Promise<unknown>): void;
  /** Says that a thread which was given up may still write here, so that nobody else may ever get this memory. */
  abandon(): void;
}

/** What a pool may lend at one time, and when it is worth to ask again. */
export interface MemoryBudget {
  readonly bytes: number;
  retryAfterSeconds(): number;
}

const UNLIMITED: MemoryBudget = { bytes: Number.POSITIVE_INFINITY, retryAfterSeconds: () => 1 };

/** New memory each time, which the garbage collector frees in its own time. */
export const freshMemory: Memory = {
  float32: (length) => new Float32Array(new SharedArrayBuffer(4 * length)),
  int32: (length) => new Int32Array(new SharedArrayBuffer(4 * length)),
  bytes: (length) => new Uint8Array(new SharedArrayBuffer(length)),
  giveBack: () => {},
  keepFor: () => {},
  abandon: () => {},
};

const SMALLEST_BYTES = 4096;
/** So large a buffer is not lent for less. */
const LARGE_BYTES = 65_536;

/**
 * Lends shared memory, again and again.
 *
 * Collectors do not count shared memory, since no one thread owns it: a thread holds on to megabytes for which it has
 * but a small object each, and sees no reason to collect. A service that makes them anew for each request grows by
 * gigabytes. Lending them again keeps it at what its requests have needed at one time, and spares the system from
 * clearing new pages for each.
 *
 * Sizes are powers of two: pages that nobody touches take no memory, so a buffer may well be larger than it must be.
 */
export class MemoryPool {
  readonly #budget: MemoryBudget;
  readonly #free = new Map<number, SharedArrayBuffer[]>();
  #lentBytes = 0;
  #freeBytes = 0;
  /**
   * Memory that takes none and that collectors do count, for as long as the shared one beside it lives: those that were
   * let go would else stay, gigabytes of them, while the budget is in use.
   */
  readonly #weights = new WeakMap<SharedArrayBuffer, ArrayBuffer>();

  constructor(budget = UNLIMITED) {
    this.#budget = budget;
  }

  /** Bytes lent at the moment, as they were asked for, and bytes waiting to be. */
  get usage(): { readonly lent: number; readonly free: number } {
    return { lent: this.#lentBytes, free: this.#freeBytes };
  }

  lease(): Lease {
    return new Lease(this);
  }

  /** @throws {Failure} `queue_full` where the budget is in use, `body_too_large` where all of it would not do */
  lend(bytes: number, alreadyLent = 0): SharedArrayBuffer {
    if (this.#lentBytes + bytes > this.#budget.bytes) throw this.#refusal(alreadyLent + bytes);
    const size = 2 ** Math.ceil(Math.log2(Math.max(bytes, SMALLEST_BYTES)));
    const buffer = this.#takeFree(size) ?? this.#make(size);
    this.#lentBytes += bytes;
    return buffer;
  }

  /** A new one; free ones that are all too small are let go for it where the budget would not hold both. */
  #make(size: number): SharedArrayBuffer {
    for (const [freeSize, buffers] of this.#free) {
      while (this.#lentBytes + this.#freeBytes + size > this.#budget.bytes && buffers.pop()) {
        this.#freeBytes -= freeSize;
      }
    }
    const buffer = new SharedArrayBuffer(size);
    // Resizable ones get pages of their own from the system, and these are never touched.
    this.#weights.set(buffer, new ArrayBuffer(size, { maxByteLength: size }));
    return buffer;
  }

  #refusal(wanted: number): Failure {
    const { bytes } = this.#budget;
    if (wanted > bytes) {
      const message = `expected a batch that takes at most ${bytes} bytes of memory with its answer, got one that takes ${wanted} or more`;
      return new Failure('body_too_large', message);
    }
    const message = `The memory budget of ${bytes} bytes is in use, and this batch takes ${wanted} or more`;
    return new Failure('queue_full', message, { retryAfterSeconds: this.#budget.retryAfterSeconds() });
  }

  takeBack(buffer: SharedArrayBuffer, bytes: number): void {
    this.forget(bytes);
    // What is kept for later is in memory as well.
    if (this.#lentBytes + this.#freeBytes + buffer.byteLength > this.#budget.bytes) return;
    this.#freeBytes += buffer.byteLength;
    const list = this.#free.get(buffer.byteLength);
    if (list) list.push(buffer);
    else this.#free.set(buffer.byteLength, [buffer]);
  }

  /** It is not coming back. */
  forget(bytes: number): void {
    this.#lentBytes -= bytes;
  }

  /** The smallest one that is large enough: while any is, no new one is made, and so they do not pile up. */
  #takeFree(size: number): SharedArrayBuffer | undefined {
    const largest = size < LARGE_BYTES ? LARGE_BYTES / 2 : 2 ** 40;
    for (let candidate = size; candidate <= largest; candidate *= 2) {
      const buffer = this.#free.get(candidate)?.pop();
      if (!buffer) continue;
      this.#freeBytes -= buffer.byteLength;
      return buffer;
    }
    return undefined;
  }
}

/** What one request has borrowed, to be given back at once. */
export class Lease implements Memory {
  readonly #pool: MemoryPool;
  #loans: { readonly buffer: SharedArrayBuffer; readonly bytes: number }[] = [];
  readonly #work: Promise<unknown>[] = [];

  constructor(pool: MemoryPool) {
    this.#pool = pool;
  }

  float32(length: number): Float32Array {
    return new Float32Array(this.#borrow(4 * length), 0, length);
  }

  int32(length: number): Int32Array {
    return new Int32Array(this.#borrow(4 * length), 0, length);
  }

  bytes(length: number): Uint8Array {
    return new Uint8Array(this.#borrow(length), 0, length);
  }

  giveBack({ buffer }: Uint8Array): void {
    const index = this.#loans.findIndex((loan) => loan.buffer === buffer);
    const [loan] = index < 0 ? [] : this.#loans.splice(index, 1);
    if (loan) this.#pool.takeBack(loan.buffer, loan.bytes);
  }

  keepFor(work: Promise<unknown>): void {
    this.#work.push(work);
  }

  abandon(): void {
    for (const { bytes } of this.#loans) this.#pool.forget(bytes);
    this.#loans = [];
  }

  /** Gives everything back, once nobody is at it any more. */
  async release(): Promise<void> {
    await Promise.allSettled(this.#work);
    for (const { buffer, bytes } of this.#loans) this.#pool.takeBack(buffer, bytes);
    this.#loans = [];
  }

  #borrow(bytes: number): SharedArrayBuffer {
    const already = this.#loans.reduce((total, loan) => total + loan.bytes, 0);
    const buffer = this.#pool.lend(bytes, already);
    this.#loans.push({ buffer, bytes });
    return buffer;
  }
}
