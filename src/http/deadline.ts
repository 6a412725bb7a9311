import type { ServerResponse } from 'node:http';
import { Cancellation } from '../core/cancellation.ts';
import { deadlineExceeded } from '../core/common-errors.ts';
import { onceClosed } from './lifecycle.ts';

/** Cancels a batch after a time, or when its client disconnects. */
export class Deadline {
  readonly cancellation = new Cancellation();
  readonly #ms: number;
  readonly #timers: NodeJS.Timeout[] = [];
  readonly #abort = () => this.cancellation.abort();
  readonly #response: ServerResponse;

  constructor(ms: number, response: ServerResponse) {
    this.#ms = ms;
    this.#response = response;
    this.#timers.push(setTimeout(this.#abort, ms));
    onceClosed(response, this.#abort);
  }

  /** Adds the deadline of the client, if it is shorter. A timer of 2^31 ms or more would fire at once. */
  bringForward(ms: number): void {
    if (ms < this.#ms) this.#timers.push(setTimeout(this.#abort, ms));
  }

  /** @throws {ServiceError} `deadline_exceeded` if it has passed */
  check(): void {
    if (this.cancellation.aborted) throw deadlineExceeded();
  }

  /**
   * Resolves like `work`, unless the deadline passes first.
   *
   * @throws {ServiceError} `deadline_exceeded`
   */
  async race<Result>(work: Promise<Result>): Promise<Result> {
    const passed = new Promise<never>((_, reject) => this.cancellation.once('abort', () => reject(deadlineExceeded())));
    try {
      return await Promise.race([work, passed]);
    } finally {
      for (const timer of this.#timers) clearTimeout(timer);
      this.#response.off('close', this.#abort);
    }
  }
}
