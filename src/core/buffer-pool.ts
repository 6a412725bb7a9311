import { BufferLease, type BufferSource } from './buffer-lease.ts';
import { discard } from './discarded-memory.ts';
import { ReleaseEstimate } from './release-estimate.ts';
import { ServiceError } from './service-error.ts';

/** A page of memory. Smaller buffers would take one as well. */
const MIN_BYTES = 4096;
/** How many sizes there are from one power of two to the next. */
const SIZES_PER_OCTAVE = 4;

/**
 * Shared memory that is used again and again, within a budget.
 *
 * Garbage collectors do not count shared memory, since no single thread owns it: a thread holds on to megabytes for which it
 * has but a small object each, and sees no reason to collect. A service that allocates it anew for each request grows by
 * gigabytes. Reuse keeps it at what its requests have needed at one time, and spares the system from clearing new pages.
 *
 * A buffer counts with the bytes that it has, not with those that were asked for: its pages stay resident from earlier uses.
 * Buffers in use and free ones never exceed the budget together.
 */
export class BufferPool implements BufferSource {
  readonly #budgetBytes: number;
  /** Free buffers by size; the size that was released last is the last one. */
  readonly #free = new Map<number, SharedArrayBuffer[]>();
  #inUse = 0;
  #freeBytes = 0;
  readonly #releases: ReleaseEstimate;
  /**
   * Ballast that takes no memory and that collectors do count, for as long as the shared buffer beside it lives. Without it
   * discarded buffers would stay, gigabytes of them, while the budget is in use.
   */
  readonly #ballast = new WeakMap<SharedArrayBuffer, ArrayBuffer>();

  constructor(budgetBytes = Number.POSITIVE_INFINITY) {
    this.#budgetBytes = budgetBytes;
    this.#releases = new ReleaseEstimate(budgetBytes);
  }

  /** Bytes in use, and bytes kept for reuse. */
  get usage(): { readonly inUse: number; readonly free: number } {
    return { inUse: this.#inUse, free: this.#freeBytes };
  }

  lease(): BufferLease {
    return new BufferLease(this);
  }

  acquire(bytes: number, alreadyHeld: number, nowMs: number): SharedArrayBuffer {
    const size = sizeFor(bytes);
    const buffer = this.#takeFree(size) ?? this.#allocate(size, alreadyHeld);
    this.#inUse += buffer.byteLength;
    this.#releases.acquired(buffer.byteLength, nowMs);
    return buffer;
  }

  release(buffer: SharedArrayBuffer, sinceMs: number): void {
    const size = buffer.byteLength;
    this.refund(size, sinceMs);
    const buffers = this.#free.get(size) ?? [];
    buffers.push(buffer);
    this.#free.delete(size);
    this.#free.set(size, buffers);
    this.#freeBytes += size;
  }

  charge(bytes: number, alreadyHeld: number, nowMs: number): void {
    this.#checkBudget(bytes, alreadyHeld);
    this.#inUse += bytes;
    this.#releases.acquired(bytes, nowMs);
  }

  refund(bytes: number, sinceMs: number): void {
    this.#inUse -= bytes;
    this.#releases.released(bytes, sinceMs);
  }

  #allocate(size: number, alreadyHeld: number): SharedArrayBuffer {
    this.#checkBudget(size, alreadyHeld);
    const buffer = new SharedArrayBuffer(size);
    // Resizable ones get pages of their own from the system, and these are never touched.
    this.#ballast.set(buffer, new ArrayBuffer(size, { maxByteLength: size }));
    return buffer;
  }

  /** Drops free buffers, those first whose size has not been used for longest, until the budget holds so many bytes more. */
  #checkBudget(bytes: number, alreadyHeld: number): void {
    if (this.#inUse + bytes > this.#budgetBytes) throw this.#exhausted(bytes, alreadyHeld);
    for (const [size, buffers] of this.#free) {
      while (this.#inUse + this.#freeBytes + bytes > this.#budgetBytes && buffers.pop()) {
        this.#freeBytes -= size;
        discard(size);
      }
      if (buffers.length > 0) return;
      this.#free.delete(size);
    }
  }

  /** A buffer of this size or the next: a larger one would keep memory from others. */
  #takeFree(size: number): SharedArrayBuffer | undefined {
    const buffer = this.#free.get(size)?.pop() ?? this.#free.get(sizeFor(size + 1))?.pop();
    if (buffer) this.#freeBytes -= buffer.byteLength;
    return buffer;
  }

  #exhausted(bytes: number, alreadyHeld: number): ServiceError {
    const budget = this.#budgetBytes;
    const needed = alreadyHeld + bytes;
    if (needed > budget) {
      const message = `expected a batch that takes at most ${budget} bytes of memory with its response, got one that takes ${needed} or more`;
      return new ServiceError('body_too_large', message);
    }
    const message = `The memory budget of ${budget} bytes is in use, and this batch takes ${needed} or more`;
    const retryAfterSeconds = this.#releases.secondsFor(this.#inUse + bytes - budget);
    return new ServiceError('memory_exhausted', message, { retryAfterSeconds });
  }
}

/** The size of a buffer for so many bytes: at most a quarter more, and a multiple of 4096. */
function sizeFor(bytes: number): number {
  const octave = 2 ** Math.floor(Math.log2(Math.max(bytes - 1, 1)));
  const step = Math.max(MIN_BYTES, octave / SIZES_PER_OCTAVE);
  return Math.max(1, Math.ceil(bytes / step)) * step;
}
