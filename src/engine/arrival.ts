/**
 * How much of a batch's predictions has arrived, where the batch is evaluated while the rest is on its way. No thread waits for
 * it: slices are handed over when their predictions are there.
 */
export class Arrival {
  #bytes = 0;
  #ended = false;
  readonly #waiting: (() => void)[] = [];

  /** From the first of the predictions on. */
  get bytes(): number {
    return this.#bytes;
  }

  /** Whether nobody needs the rest any more. */
  get ended(): boolean {
    return this.#ended;
  }

  advance(bytes: number): void {
    this.#bytes = bytes;
    this.#wake();
  }

  end(): void {
    this.#ended = true;
    this.#wake();
  }

  /** Resolves at the next `advance` or `end`. */
  changed(): Promise<void> {
    return new Promise((resolve) => {
      this.#waiting.push(resolve);
    });
  }

  #wake(): void {
    for (const resolve of this.#waiting.splice(0)) resolve();
  }
}
