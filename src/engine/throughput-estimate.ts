const MAX_SECONDS = 60;
/** How much the newest batch counts. */
const WEIGHT = 0.1;

/** How fast batches have been leaving while others waited, so that who is refused can be told when to come back. */
export class ThroughputEstimate {
  #lastMs = performance.now();
  #secondsPerBatch = 0;

  /** @param busy whether others are waiting: else the time to the next one says nothing */
  completed(busy: boolean): void {
    const now = performance.now();
    const seconds = (now - this.#lastMs) / 1000;
    this.#lastMs = now;
    if (busy) this.#secondsPerBatch += WEIGHT * (seconds - this.#secondsPerBatch);
  }

  /** Whole seconds in which so many batches may be done, at least 1, as Retry-After knows no less. */
  secondsFor(batches: number): number {
    return Math.min(MAX_SECONDS, Math.max(1, Math.ceil(batches * this.#secondsPerBatch)));
  }
}
