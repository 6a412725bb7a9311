import { BufferLease, type BufferSource } from './buffer-lease.ts';
import { MemoryQuota } from './memory-quota.ts';
import { MAX_SLAB_BYTES, MemorySlab, PAGE_BYTES, slabNumber } from './memory-slab.ts';
import { ServiceError } from './service-error.ts';
import { SettingsError } from './settings-error.ts';

/** The part of the budget that is for bodies, tensors and responses. */
const BUFFERS_SHARE = 11 / 16;
/**
 * The part that is for JavaScript values. The rest is for what stays with the C library of theirs: `JSON.parse` collects the items
 * of an array outside of the heap.
 */
const VALUES_SHARE = 3 / 16;

/**
 * The memory of all requests, within a budget: slabs of shared memory for tensors, bodies and responses, and a count of what
 * JavaScript values take.
 *
 * Slabs are never released, because no thread's garbage collector counts shared memory, which none of them owns: a service
 * that allocated it anew for each request would grow by gigabytes. And since pages that requests have used stay resident,
 * what is counted elsewhere has a part of the budget of its own.
 */
export class BufferPool implements BufferSource {
  readonly #slabs: readonly MemorySlab[];
  readonly #buffers: MemoryQuota;
  readonly #values: MemoryQuota;

  /** @throws {SettingsError} if the system does not give the process so much */
  constructor(budgetBytes: number) {
    const bufferBytes = Math.floor(budgetBytes * BUFFERS_SHARE);
    this.#slabs = reserveSlabs(bufferBytes, budgetBytes);
    this.#buffers = new MemoryQuota('bodies, tensors and responses', bufferBytes);
    this.#values = new MemoryQuota('values that are not tensors', Math.floor(budgetBytes * VALUES_SHARE));
  }

  /** Bytes in use, and bytes that have been used and are kept for reuse. */
  get usage(): { readonly inUse: number; readonly free: number } {
    const free = this.#slabs.reduce((total, slab) => total + slab.reusable, 0);
    return { inUse: this.#buffers.inUse + this.#values.inUse, free };
  }

  lease(): BufferLease {
    return new BufferLease(this);
  }

  acquire(bytes: number, alreadyHeld: number, nowMs: number): Uint8Array {
    if (bytes > MAX_SLAB_BYTES) throw tooLong(bytes);
    const pages = pagesFor(bytes);
    this.#buffers.check(pages * PAGE_BYTES, alreadyHeld);
    for (const slab of this.#slabs) {
      const buffer = slab.acquire(pages);
      if (!buffer) continue;
      this.#buffers.acquire(buffer.length, nowMs);
      return buffer;
    }
    throw this.#buffers.exhausted(pages * PAGE_BYTES, alreadyHeld);
  }

  resize(buffer: Uint8Array, bytes: number, sinceMs: number): Uint8Array | undefined {
    const added = pagesFor(bytes) * PAGE_BYTES - buffer.length;
    if (added > 0) this.#buffers.check(added, buffer.length);
    const resized = this.#slabs[slabNumber(buffer)]!.resize(buffer, pagesFor(bytes));
    if (!resized) return undefined;
    if (added > 0) this.#buffers.acquire(added, sinceMs);
    else this.#buffers.release(-added, sinceMs);
    return resized;
  }

  release(buffer: Uint8Array, sinceMs: number): void {
    this.#slabs[slabNumber(buffer)]!.release(buffer);
    this.#buffers.release(buffer.length, sinceMs);
  }

  addressOf(buffer: Uint8Array): number {
    return slabNumber(buffer) * 2 ** 32 + buffer.byteOffset;
  }

  charge(bytes: number, alreadyCharged: number, nowMs: number): void {
    this.#values.check(bytes, alreadyCharged);
    this.#values.acquire(bytes, nowMs);
  }

  refund(bytes: number, sinceMs: number): void {
    this.#values.release(bytes, sinceMs);
  }
}

/** All at the start, so that too large a budget is a wrong setting and not the failure of some request. */
function reserveSlabs(bytes: number, budgetBytes: number): MemorySlab[] {
  const slabs: MemorySlab[] = [];
  try {
    for (let left = bytes; left > 0; left -= MAX_SLAB_BYTES) {
      slabs.push(new MemorySlab(slabs.length, Math.min(left, MAX_SLAB_BYTES)));
    }
  } catch (cause) {
    const message = `MEMORY_BUDGET_BYTES (--memory-budget-bytes): expected no more than the system lets a process reserve, got ${budgetBytes}`;
    throw new SettingsError(message, { cause });
  }
  return slabs;
}

function pagesFor(bytes: number): number {
  return Math.max(1, Math.ceil(bytes / PAGE_BYTES));
}

function tooLong(bytes: number): ServiceError {
  const message = `expected a batch with no body, tensor or response longer than ${MAX_SLAB_BYTES} bytes, got ${bytes} bytes for one`;
  return new ServiceError('body_too_large', message);
}
