/**
 * Allocates typed arrays in memory that threads share, so that a batch goes to an engine and its results come back without
 * a copy. Nothing is cleared: callers write every number.
 */
export abstract class Allocator {
  /** Starts at a multiple of 8. */
  abstract bytes(length: number): Uint8Array;

  /**
   * Memory that can be written before its length is known: `bytes` then returns it from its start on, if it is called next
   * and for no more than that. Empty if there is none.
   */
  spare(): Uint8Array {
    return NONE;
  }

  /**
   * Lengthens or shortens what `bytes` returned, where it is; what it holds is kept.
   *
   * @returns undefined where that is not possible
   */
  resize(_bytes: Uint8Array, _length: number): Uint8Array | undefined {
    return undefined;
  }

  /** Returns what `bytes` returned before the rest; nobody may use it any more. */
  free(_bytes: Uint8Array): void {}

  /** Counts memory that is allocated elsewhere, such as JavaScript values, for as long as what is allocated here. */
  abstract charge(bytes: number): void;

  float32(length: number): Float32Array {
    const { buffer, byteOffset } = this.bytes(4 * length);
    return new Float32Array(buffer, byteOffset, length);
  }

  float64(length: number): Float64Array {
    const { buffer, byteOffset } = this.bytes(8 * length);
    return new Float64Array(buffer, byteOffset, length);
  }

  int32(length: number): Int32Array {
    const { buffer, byteOffset } = this.bytes(4 * length);
    return new Int32Array(buffer, byteOffset, length);
  }
}

const NONE = new Uint8Array();

class UnpooledAllocator extends Allocator {
  bytes(length: number): Uint8Array {
    return new Uint8Array(new SharedArrayBuffer(length));
  }

  charge(): void {}
}

/** New memory each time, which the garbage collector frees in its own time. */
export const unpooled: Allocator = new UnpooledAllocator();

const ALIGNMENT = 8;

/** Cuts arrays from one piece of memory; what does not fit comes from another allocator. */
export class ArenaAllocator extends Allocator {
  readonly #arena: Uint8Array;
  readonly #overflow: Allocator;
  #used = 0;

  constructor(arena: Uint8Array, overflow: Allocator) {
    super();
    this.#arena = arena;
    this.#overflow = overflow;
  }

  bytes(length: number): Uint8Array {
    const end = this.#used + length;
    if (end > this.#arena.length) return this.#overflow.bytes(length);
    const bytes = this.#arena.subarray(this.#used, end);
    this.#used = Math.ceil(end / ALIGNMENT) * ALIGNMENT;
    return bytes;
  }

  override spare(): Uint8Array {
    return this.#used < this.#arena.length ? this.#arena.subarray(this.#used) : NONE;
  }

  charge(bytes: number): void {
    this.#overflow.charge(bytes);
  }
}
