import { ReleaseEstimate } from './release-estimate.ts';
import { ServiceError } from './service-error.ts';

/** Counts the bytes of one kind of memory that requests have in use, up to a limit. */
export class MemoryQuota {
  readonly #what: string;
  readonly #limitBytes: number;
  readonly #releases: ReleaseEstimate;
  #inUse = 0;

  /** @param what the kind of memory, for messages */
  constructor(what: string, limitBytes: number) {
    this.#what = what;
    this.#limitBytes = limitBytes;
    this.#releases = new ReleaseEstimate(limitBytes);
  }

  get inUse(): number {
    return this.#inUse;
  }

  /**
   * @param alreadyHeld bytes of this kind that the same request holds
   * @throws {ServiceError} `memory_exhausted` if others use too much, `body_too_large` if all of it were too little
   */
  check(bytes: number, alreadyHeld: number): void {
    if (this.#inUse + bytes > this.#limitBytes) throw this.exhausted(bytes, alreadyHeld);
  }

  exhausted(bytes: number, alreadyHeld: number): ServiceError {
    const needed = alreadyHeld + bytes;
    const of = `${this.#limitBytes} bytes of memory for ${this.#what}`;
    if (needed > this.#limitBytes) {
      const message = `expected a batch that takes at most ${of}, with its response, got one that takes ${needed} or more (MEMORY_BUDGET_BYTES)`;
      return new ServiceError('body_too_large', message);
    }
    const message = `The ${of} are in use, and this batch takes ${needed} or more (MEMORY_BUDGET_BYTES)`;
    const missing = this.#inUse + bytes - this.#limitBytes;
    return new ServiceError('memory_exhausted', message, {
      retryAfterSeconds: this.#releases.secondsFor(missing > 0 ? missing : bytes),
    });
  }

  acquire(bytes: number, nowMs: number): void {
    this.#inUse += bytes;
    this.#releases.acquired(bytes, nowMs);
  }

  /** @param sinceMs when they were acquired */
  release(bytes: number, sinceMs: number): void {
    this.#inUse -= bytes;
    this.#releases.released(bytes, sinceMs);
  }
}
