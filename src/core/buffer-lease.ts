import { Allocator } from './allocator.ts';

/** Where a lease gets its memory from. */
export interface BufferSource {
  /**
   * @param alreadyHeld bytes of buffers that the same lease holds
   * @returns so many bytes or more
   * @throws {ServiceError} `memory_exhausted` if the budget is in use, `body_too_large` if all of it is too little
   */
  acquire(bytes: number, alreadyHeld: number, nowMs: number): Uint8Array;
  /** Lengthens or shortens a buffer where it is. @returns undefined if others are behind it. @throws as `acquire` */
  resize(buffer: Uint8Array, bytes: number, sinceMs: number): Uint8Array | undefined;
  /** @param sinceMs when it was acquired */
  release(buffer: Uint8Array, sinceMs: number): void;
  /** Where a buffer starts, also for another thread's view of it. */
  addressOf(buffer: Uint8Array): number;
  /** Counts memory that is no buffer of this source. @throws {ServiceError} as `acquire` */
  charge(bytes: number, alreadyCharged: number, nowMs: number): void;
  refund(bytes: number, sinceMs: number): void;
}

interface HeldBuffer {
  readonly buffer: Uint8Array;
  readonly sinceMs: number;
}

/**
 * The buffers of one request. It has one owner and counts its holders: the owner, and all work that may still read or write
 * here. When the last of them is done, every buffer goes back to where it came from.
 *
 * The count has to include work that begins after the owner has released the lease, as when a client disconnects while a
 * codec thread reads its body and the engine comes next. A look at the work in flight at the time of the release would
 * miss it, and a late thread would write into a buffer that another request has by then.
 */
export class BufferLease extends Allocator {
  readonly #source: BufferSource;
  /** By their addresses: threads have views of their own of the same memory. */
  readonly #held = new Map<number, HeldBuffer>();
  readonly #charges: { readonly bytes: number; readonly sinceMs: number }[] = [];
  readonly #onEnd: (() => void)[] = [];
  #heldBytes = 0;
  #chargedBytes = 0;
  #holders = 1;
  #ownerReleased = false;

  constructor(source: BufferSource) {
    super();
    this.#source = source;
  }

  /** @throws {ServiceError} as the source does, where there is no memory left */
  bytes(length: number): Uint8Array {
    this.#checkHeld();
    const sinceMs = performance.now();
    return this.#hold(this.#source.acquire(length, this.#heldBytes, sinceMs), sinceMs).subarray(0, length);
  }

  /** @throws {ServiceError} as the source does, where there is no memory left */
  override resize(bytes: Uint8Array, length: number): Uint8Array | undefined {
    this.#checkHeld();
    const { buffer, sinceMs } = this.#held.get(this.#source.addressOf(bytes))!;
    const resized = this.#source.resize(buffer, length, sinceMs);
    if (resized === undefined) return undefined;
    this.#heldBytes -= buffer.length;
    return this.#hold(resized, sinceMs).subarray(0, length);
  }

  /** @throws {ServiceError} as the source does, where there is no memory left */
  charge(bytes: number): void {
    this.#checkHeld();
    const sinceMs = performance.now();
    this.#source.charge(bytes, this.#chargedBytes, sinceMs);
    this.#charges.push({ bytes, sinceMs });
    this.#chargedBytes += bytes;
  }

  override free(bytes: Uint8Array): void {
    const address = this.#source.addressOf(bytes);
    const held = this.#held.get(address);
    if (!held) return;
    this.#held.delete(address);
    this.#heldBytes -= held.buffer.length;
    this.#source.release(held.buffer, held.sinceMs);
  }

  /** Keeps the buffers at least until `work` has settled. @returns the same promise */
  holdUntil<Result>(work: Promise<Result>): Promise<Result> {
    this.#holders += 1;
    const drop = () => this.#drop();
    work.then(drop, drop);
    return work;
  }

  /** Calls back when the buffers go back: for what else threads may use until then. */
  onEnd(callback: () => void): void {
    this.#checkHeld();
    this.#onEnd.push(callback);
  }

  /** Ends the owner's own hold; a second call changes nothing. */
  release(): void {
    if (this.#ownerReleased) return;
    this.#ownerReleased = true;
    this.#drop();
  }

  #hold(buffer: Uint8Array, sinceMs: number): Uint8Array {
    this.#held.set(this.#source.addressOf(buffer), { buffer, sinceMs });
    this.#heldBytes += buffer.length;
    return buffer;
  }

  #drop(): void {
    this.#holders -= 1;
    if (this.#holders > 0) return;
    for (const { buffer, sinceMs } of this.#held.values()) this.#source.release(buffer, sinceMs);
    for (const { bytes, sinceMs } of this.#charges) this.#source.refund(bytes, sinceMs);
    for (const callback of this.#onEnd.splice(0)) callback();
    this.#held.clear();
    this.#charges.length = 0;
    this.#heldBytes = 0;
    this.#chargedBytes = 0;
  }

  #checkHeld(): void {
    if (this.#holders === 0) throw new Error('the buffer lease is used after its release');
  }
}

const UNPOOLED_SOURCE: BufferSource = {
  acquire: (bytes) => new Uint8Array(new SharedArrayBuffer(bytes)),
  resize: () => undefined,
  release() {},
  addressOf: () => 0,
  charge() {},
  refund() {},
};

/** A lease whose buffers are new each time, for callers without a pool. */
export function unpooledLease(): BufferLease {
  return new BufferLease(UNPOOLED_SOURCE);
}
