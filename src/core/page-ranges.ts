/** Ranges up to so many pages (1 MiB) lie at the high end, so that small ones that live long do not cut the space of large ones. */
const MAX_SMALL_PAGES = 256;

interface Range {
  start: number;
  end: number;
}

/** Hands out ranges of pages from a fixed number of them: the lowest that fit, or the highest for small ranges. */
export class PageRanges {
  readonly #pages: number;
  /** What is free: sorted, and no two ranges touch. */
  readonly #free: Range[];
  // Pages that have ever been handed out lie outside of these two.
  #untouchedStart = 0;
  #untouchedEnd: number;
  #inUse = 0;

  constructor(pages: number) {
    this.#pages = pages;
    this.#free = pages > 0 ? [{ start: 0, end: pages }] : [];
    this.#untouchedEnd = pages;
  }

  get inUse(): number {
    return this.#inUse;
  }

  /** Pages that have been handed out before and are free now. */
  get reusable(): number {
    const untouched = Math.max(0, this.#untouchedEnd - this.#untouchedStart);
    return this.#pages - untouched - this.#inUse;
  }

  /** @returns the first page of the range, or undefined where no free range is as long */
  acquire(pages: number): number | undefined {
    const isSmall = pages <= MAX_SMALL_PAGES;
    const fits = ({ start, end }: Range) => end - start >= pages;
    const index = isSmall ? this.#free.findLastIndex(fits) : this.#free.findIndex(fits);
    const range = this.#free[index];
    if (!range) return undefined;
    const start = isSmall ? range.end - pages : range.start;
    if (isSmall) range.end = start;
    else range.start += pages;
    if (range.start === range.end) this.#free.splice(index, 1);
    this.#touch(start, start + pages);
    return start;
  }

  /** Lengthens a range in place. @returns whether the pages behind it were free */
  extend(end: number, pages: number): boolean {
    const index = this.#free.findIndex(({ start }) => start === end);
    const range = this.#free[index];
    if (!range || range.end - range.start < pages) return false;
    range.start += pages;
    if (range.start === range.end) this.#free.splice(index, 1);
    this.#touch(end, end + pages);
    return true;
  }

  /** Ends the use of a range, or of the end of one. */
  release(start: number, pages: number): void {
    const end = start + pages;
    const next = this.#free.findIndex((range) => range.start >= end);
    const at = next < 0 ? this.#free.length : next;
    const [before, after] = [this.#free[at - 1], this.#free[at]];
    const joins = { before: before?.end === start, after: after?.start === end };
    if (joins.before && joins.after) {
      before!.end = after!.end;
      this.#free.splice(at, 1);
    } else if (joins.before) before!.end = end;
    else if (joins.after) after!.start = start;
    else this.#free.splice(at, 0, { start, end });
    this.#inUse -= pages;
  }

  #touch(start: number, end: number): void {
    this.#inUse += end - start;
    // A range belongs to the end that it is nearer to.
    if (start - this.#untouchedStart <= this.#untouchedEnd - end) {
      this.#untouchedStart = Math.max(this.#untouchedStart, end);
    } else this.#untouchedEnd = Math.min(this.#untouchedEnd, start);
  }
}
