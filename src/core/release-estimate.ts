const MAX_SECONDS = 60;

/**
 * Estimates when memory will be released, for the Retry-After of a rejected request.
 *
 * By Little's law, what is in use is released at a rate of bytes in use / time that each byte is held. That time is the mean
 * of what was released lately, or the age of what is in use now if that is more: then requests have become slower.
 */
export class ReleaseEstimate {
  readonly #memoryBytes: number;
  #inUse = 0;
  /** Bytes in use, each times when it was acquired. */
  #byteMs = 0;
  #meanMs = 0;
  /** The weight of all observations in the mean, from 0 to 1. */
  #observed = 0;

  /** @param memoryBytes a release of so many bytes outweighs all that were before */
  constructor(memoryBytes: number) {
    this.#memoryBytes = memoryBytes;
  }

  acquired(bytes: number, nowMs: number): void {
    this.#inUse += bytes;
    this.#byteMs += bytes * nowMs;
  }

  /** @param sinceMs when the bytes were acquired */
  released(bytes: number, sinceMs: number, nowMs = performance.now()): void {
    this.#inUse -= bytes;
    this.#byteMs = this.#inUse === 0 ? 0 : this.#byteMs - bytes * sinceMs; // So that rounding errors do not add up.
    const weight = bytes / (bytes + this.#memoryBytes);
    this.#observed += weight * (1 - this.#observed);
    if (this.#observed > 0) this.#meanMs += (weight / this.#observed) * (nowMs - sinceMs - this.#meanMs);
  }

  /** Whole seconds in which so many bytes may be released, from 1 (the least that Retry-After can say) to 60. */
  secondsFor(bytes: number, nowMs = performance.now()): number {
    const ageMs = this.#inUse > 0 ? nowMs - this.#byteMs / this.#inUse : 0;
    const ms = (Math.max(this.#meanMs, ageMs) * bytes) / Math.max(this.#inUse, 1);
    return Math.min(MAX_SECONDS, Math.max(1, Math.ceil(ms / 1000)));
  }
}
