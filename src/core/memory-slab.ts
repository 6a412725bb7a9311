import { PageRanges } from './page-ranges.ts';

export const PAGE_BYTES = 4096;
/** Before the pages is the number of the slab: in another thread its memory is another SharedArrayBuffer. */
const HEADER_BYTES = PAGE_BYTES;
/** V8 sends offsets and lengths of memory to other threads in 32 bits. */
export const MAX_SLAB_BYTES = 2 ** 32 - PAGE_BYTES - HEADER_BYTES;

/**
 * One piece of shared memory, of which ranges of pages are handed out again and again. The system gives memory to a page when
 * it is first written.
 */
export class MemorySlab {
  readonly #ranges: PageRanges;
  readonly #memory: SharedArrayBuffer;

  /**
   * @param bytes at most MAX_SLAB_BYTES
   * @throws {RangeError} if the system does not give the process so much
   */
  constructor(number: number, bytes: number) {
    const pages = Math.floor(bytes / PAGE_BYTES);
    this.#ranges = new PageRanges(pages);
    this.#memory = createMemory(number, pages);
  }

  /** Bytes that have been used and are free now. */
  get reusable(): number {
    return this.#ranges.reusable * PAGE_BYTES;
  }

  /** @returns undefined if there is no room */
  acquire(pages: number): Uint8Array | undefined {
    const start = this.#ranges.acquire(pages);
    if (start === undefined) return undefined;
    return this.#view(start, pages);
  }

  /** Makes a range longer or shorter where it is. @returns undefined if there is no room behind it */
  resize(bytes: Uint8Array, pages: number): Uint8Array | undefined {
    const [start, held] = pagesOf(bytes);
    if (pages > held && !this.#ranges.extend(start + held, pages - held)) return undefined;
    if (pages < held) this.#ranges.release(start + pages, held - pages);
    return this.#view(start, pages);
  }

  release(bytes: Uint8Array): void {
    this.#ranges.release(...pagesOf(bytes));
  }

  #view(start: number, pages: number): Uint8Array {
    return new Uint8Array(this.#memory, HEADER_BYTES + start * PAGE_BYTES, pages * PAGE_BYTES);
  }
}

function createMemory(number: number, pages: number): SharedArrayBuffer {
  const memory = new SharedArrayBuffer(HEADER_BYTES + pages * PAGE_BYTES);
  new Uint32Array(memory, 0, 1)[0] = number;
  return memory;
}

/** The number of the slab in which these bytes are. */
export function slabNumber({ buffer }: Uint8Array): number {
  return new Uint32Array(buffer, 0, 1)[0]!;
}

function pagesOf({ byteOffset, length }: Uint8Array): [start: number, pages: number] {
  return [(byteOffset - HEADER_BYTES) / PAGE_BYTES, length / PAGE_BYTES];
}
