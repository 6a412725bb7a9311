import type { Memory } from '../core/buffer-pool.ts';

const ALIGNMENT = 8;

/** Memory cut from one piece, for a thread that can borrow none itself. */
export class Room implements Memory {
  readonly #bytes: Uint8Array;
  readonly #beyond: Memory;
  #used = 0;

  /** @param beyond where to get what does not fit */
  constructor(bytes: Uint8Array, beyond: Memory) {
    this.#bytes = bytes;
    this.#beyond = beyond;
  }

  float32(length: number): Float32Array {
    const { buffer, byteOffset } = this.bytes(4 * length);
    return new Float32Array(buffer, byteOffset, length);
  }

  int32(length: number): Int32Array {
    const { buffer, byteOffset } = this.bytes(4 * length);
    return new Int32Array(buffer, byteOffset, length);
  }

  bytes(length: number): Uint8Array {
    const end = this.#used + length;
    if (end > this.#bytes.length) return this.#beyond.bytes(length);
    const bytes = this.#bytes.subarray(this.#used, end);
    this.#used = Math.ceil(end / ALIGNMENT) * ALIGNMENT;
    return bytes;
  }

  giveBack(): void {}

  keepFor(): void {}

  abandon(): void {}
}
