import { Allocator } from './allocator.ts';

/** Where a lease gets its buffers from; `BufferPool` is the one that reuses them. */
export interface BufferSource {
  /**
   * @param alreadyHeld bytes that the same lease holds
   * @throws {ServiceError} `memory_exhausted` if the budget is in use, `body_too_large` if all of it is too little
   */
  acquire(bytes: number, alreadyHeld: number, nowMs: number): SharedArrayBuffer;
  /** @param sinceMs when it was acquired */
  release(buffer: SharedArrayBuffer, sinceMs: number): void;
  /** Counts memory that is no buffer of this source. @throws {ServiceError} as `acquire` */
  charge(bytes: number, alreadyHeld: number, nowMs: number): void;
  /** Ends a charge, or gives up an acquired buffer that will never come back. */
  refund(bytes: number, sinceMs: number): void;
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
  /** Buffers, and when each was acquired. */
  readonly #held = new Map<ArrayBufferLike, number>();
  readonly #charges: { readonly bytes: number; readonly sinceMs: number }[] = [];
  #heldBytes = 0;
  #holders = 1;
  #ownerReleased = false;

  constructor(source: BufferSource) {
    super();
    this.#source = source;
  }

  /** @throws {ServiceError} as the source does, where there is no memory left */
  bytes(length: number): Uint8Array {
    this.#checkHeld();
    const now = performance.now();
    const buffer = this.#source.acquire(length, this.#heldBytes, now);
    this.#held.set(buffer, now);
    this.#heldBytes += buffer.byteLength;
    return new Uint8Array(buffer, 0, length);
  }

  /** @throws {ServiceError} as the source does, where there is no memory left */
  charge(bytes: number): void {
    this.#checkHeld();
    const sinceMs = performance.now();
    this.#source.charge(bytes, this.#heldBytes, sinceMs);
    this.#charges.push({ bytes, sinceMs });
    this.#heldBytes += bytes;
  }

  /** Returns one buffer before the others; nobody may use it any more. */
  free({ buffer }: Uint8Array): void {
    const sinceMs = this.#held.get(buffer);
    if (sinceMs === undefined) return;
    this.#held.delete(buffer);
    this.#heldBytes -= buffer.byteLength;
    this.#source.release(buffer as SharedArrayBuffer, sinceMs);
  }

  /** Keeps the buffers at least until `work` has settled. @returns the same promise */
  holdUntil<Result>(work: Promise<Result>): Promise<Result> {
    this.#holders += 1;
    const drop = () => this.#drop();
    work.then(drop, drop);
    return work;
  }

  /** Ends the owner's own hold; a second call changes nothing. */
  release(): void {
    if (this.#ownerReleased) return;
    this.#ownerReleased = true;
    this.#drop();
  }

  /** Gives up the present buffers for good: a thread that hangs may still write there. */
  quarantine(): void {
    for (const [buffer, sinceMs] of this.#held) this.#source.refund(buffer.byteLength, sinceMs);
    this.#refundCharges();
  }

  #drop(): void {
    this.#holders -= 1;
    if (this.#holders > 0) return;
    for (const [buffer, sinceMs] of this.#held) this.#source.release(buffer as SharedArrayBuffer, sinceMs);
    this.#refundCharges();
  }

  #refundCharges(): void {
    for (const { bytes, sinceMs } of this.#charges) this.#source.refund(bytes, sinceMs);
    this.#charges.length = 0;
    this.#held.clear();
    this.#heldBytes = 0;
  }

  #checkHeld(): void {
    if (this.#holders === 0) throw new Error('the buffer lease is used after its release');
  }
}

const UNPOOLED_SOURCE: BufferSource = {
  acquire: (bytes) => new SharedArrayBuffer(bytes),
  release() {},
  charge() {},
  refund() {},
};

/** A lease whose buffers are new each time, for callers without a pool. */
export function unpooledLease(): BufferLease {
  return new BufferLease(UNPOOLED_SOURCE);
}
