const MAX_SECONDS = 60;
/** The weight of the newest batch in the moving average. */
const WEIGHT = 0.1;

/** Estimates how fast batches are completed under load, for the Retry-After of a rejected request. */
export class ThroughputEstimate {
  #lastMs = performance.now();
  #secondsPerBatch = 0;

  /** @param busy whether others are waiting; if not, the time since the last batch tells nothing about the throughput */
  completed(busy: boolean): void {
    const now = performance.now();
    const seconds = (now - this.#lastMs) / 1000;
    this.#lastMs = now;
    if (busy) this.#secondsPerBatch += WEIGHT * (seconds - this.#secondsPerBatch);
  }

  /** Whole seconds in which so many batches may be completed, from 1 (the least that Retry-After can say) to 60. */
  secondsFor(batches: number): number {
    return Math.min(MAX_SECONDS, Math.max(1, Math.ceil(batches * this.#secondsPerBatch)));
  }
}
