import { BufferLease, type BufferSource } from './buffer-lease.ts';
import { ServiceError } from './service-error.ts';

/** How many bytes all leases may hold together, and when a retry is worth it. */
export interface MemoryBudget {
  readonly bytes: number;
  retryAfterSeconds(): number;
}

const UNLIMITED: MemoryBudget = { bytes: Number.POSITIVE_INFINITY, retryAfterSeconds: () => 1 };

const MIN_BYTES = 4096;
/** A buffer of this size or more is never used for less. */
const LARGE_BYTES = 65_536;

/**
 * Shared memory that is used again and again.
 *
 * Garbage collectors do not count shared memory, since no single thread owns it: a thread holds on to megabytes for which it
 * has but a small object each, and sees no reason to collect. A service that allocates it anew for each request grows by
 * gigabytes. Reuse keeps it at what its requests have needed at one time, and spares the system from clearing new pages.
 *
 * Sizes are powers of two: pages that nobody touches take no memory, so a buffer may well be larger than it must be.
 */
export class BufferPool implements BufferSource {
  readonly #budget: MemoryBudget;
  readonly #free = new Map<number, SharedArrayBuffer[]>();
  #inUse = 0;
  #freeBytes = 0;
  /**
   * Ballast that takes no memory and that collectors do count, for as long as the shared buffer beside it lives. Without it
   * discarded buffers would stay, gigabytes of them, while the budget is in use.
   */
  readonly #ballast = new WeakMap<SharedArrayBuffer, ArrayBuffer>();

  constructor(budget = UNLIMITED) {
    this.#budget = budget;
  }

  /** Bytes in use, as they were asked for, and bytes kept for reuse. */
  get usage(): { readonly inUse: number; readonly free: number } {
    return { inUse: this.#inUse, free: this.#freeBytes };
  }

  lease(): BufferLease {
    return new BufferLease(this);
  }

  /** @throws {ServiceError} `memory_exhausted` where the budget is in use, `body_too_large` where all of it is too little */
  acquire(bytes: number, alreadyHeld = 0): SharedArrayBuffer {
    if (this.#inUse + bytes > this.#budget.bytes) throw this.#exhausted(alreadyHeld + bytes);
    const size = 2 ** Math.ceil(Math.log2(Math.max(bytes, MIN_BYTES)));
    const buffer = this.#takeFree(size) ?? this.#allocate(size);
    this.#inUse += bytes;
    return buffer;
  }

  release(buffer: SharedArrayBuffer, bytes: number): void {
    this.discard(bytes);
    // Free buffers take memory as well.
    if (this.#inUse + this.#freeBytes + buffer.byteLength > this.#budget.bytes) return;
    this.#freeBytes += buffer.byteLength;
    const buffers = this.#free.get(buffer.byteLength);
    if (buffers) buffers.push(buffer);
    else this.#free.set(buffer.byteLength, [buffer]);
  }

  discard(bytes: number): void {
    this.#inUse -= bytes;
  }

  /** A new buffer; free ones, all of them too small, are dropped where the budget would not hold both. */
  #allocate(size: number): SharedArrayBuffer {
    for (const [freeSize, buffers] of this.#free) {
      while (this.#inUse + this.#freeBytes + size > this.#budget.bytes && buffers.pop()) {
        this.#freeBytes -= freeSize;
      }
    }
    const buffer = new SharedArrayBuffer(size);
    // Resizable ones get pages of their own from the system, and these are never touched.
    this.#ballast.set(buffer, new ArrayBuffer(size, { maxByteLength: size }));
    return buffer;
  }

  /** The smallest free one that is large enough: no new one is made while there is any, so that they do not pile up. */
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

  #exhausted(needed: number): ServiceError {
    const { bytes } = this.#budget;
    if (needed > bytes) {
      const message = `expected a batch that takes at most ${bytes} bytes of memory with its response, got one that takes ${needed} or more`;
      return new ServiceError('body_too_large', message);
    }
    const message = `The memory budget of ${bytes} bytes is in use, and this batch takes ${needed} or more`;
    return new ServiceError('memory_exhausted', message, { retryAfterSeconds: this.#budget.retryAfterSeconds() });
  }
}
