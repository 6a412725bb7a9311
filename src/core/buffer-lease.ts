import { Allocator } from './allocator.ts';

/** Where a lease gets its buffers from; `BufferPool` is the one that reuses them. */
export interface BufferSource {
  /** @param alreadyHeld bytes that the same lease holds */
  acquire(bytes: number, alreadyHeld: number): SharedArrayBuffer;
  release(buffer: SharedArrayBuffer, bytes: number): void;
  /** The buffer will never come back. */
  discard(bytes: number): void;
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
  /** Buffers, and the bytes that were asked for of each. */
  readonly #held = new Map<ArrayBufferLike, number>();
  #heldBytes = 0;
  #holders = 1;
  #ownerReleased = false;

  constructor(source: BufferSource) {
    super();
    this.#source = source;
  }

  /** @throws {ServiceError} as the source does, where there is no memory left */
  bytes(length: number): Uint8Array {
    if (this.#holders === 0) throw new Error('the buffer lease is used after its release');
    const buffer = this.#source.acquire(length, this.#heldBytes);
    this.#held.set(buffer, length);
    this.#heldBytes += length;
    return new Uint8Array(buffer, 0, length);
  }

  /** Returns one buffer before the others; nobody may use it any more. */
  free({ buffer }: Uint8Array): void {
    const bytes = this.#held.get(buffer);
    if (bytes === undefined) return;
    this.#held.delete(buffer);
    this.#heldBytes -= bytes;
    this.#source.release(buffer as SharedArrayBuffer, bytes);
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
    for (const bytes of this.#held.values()) this.#source.discard(bytes);
    this.#held.clear();
    this.#heldBytes = 0;
  }

  #drop(): void {
    this.#holders -= 1;
    if (this.#holders > 0) return;
    for (const [buffer, bytes] of this.#held) this.#source.release(buffer as SharedArrayBuffer, bytes);
    this.#held.clear();
    this.#heldBytes = 0;
  }
}

const UNPOOLED_SOURCE: BufferSource = {
  acquire: (bytes) => new SharedArrayBuffer(bytes),
  release() {},
  discard() {},
};

/** A lease whose buffers are new each time, for callers without a pool. */
export function unpooledLease(): BufferLease {
  return new BufferLease(UNPOOLED_SOURCE);
}
