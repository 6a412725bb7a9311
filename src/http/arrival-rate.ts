// A body that arrives faster comes from this machine, or keeps the HTTP thread busy: threads that compute meanwhile would take
// the time of a core from the client or from that thread, which measured up to a quarter of the request.
const MAX_BYTES_PER_MS = 250_000;
/** For less time a rate tells nothing. */
const MIN_OBSERVED_MS = 20;
/** A client that takes longer to send a body gains next to nothing, and would hold memory for its results. */
export const MAX_UPLOAD_MS = 5000;

/** How fast a body arrives, from now on. */
export class ArrivalRate {
  readonly #startedAt = performance.now();

  /** Whether the rest of the body will take long enough for its batch to be computed meanwhile, and no longer than it may. */
  isWorthWork(bytes: number, arrivedBytes: number): boolean {
    const ms = performance.now() - this.#startedAt;
    if (ms < MIN_OBSERVED_MS) return false;
    const bytesPerMs = arrivedBytes / ms;
    return bytesPerMs <= MAX_BYTES_PER_MS && bytes - arrivedBytes <= bytesPerMs * MAX_UPLOAD_MS;
  }
}
