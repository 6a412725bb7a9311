import type { ServerResponse } from 'node:http';
import { Cancellation } from '../core/cancellation.ts';
import { deadlineExceeded } from '../core/common-errors.ts';
import { onceClosed } from './lifecycle.ts';

/**
 * Cancels a batch after a time, or when its client disconnects. It starts with the first wait: a small batch, which waits for
 * nothing, ends in the turn in which it began, before any timer could fire.
 */
export class Deadline {
  readonly cancellation = new Cancellation();
  #ms: number;
  #started = false;
  readonly #timers: NodeJS.Timeout[] = [];
  readonly #abort = () => this.cancellation.abort();
  readonly #response: ServerResponse;

  constructor(ms: number, response: ServerResponse) {
    this.#ms = ms;
    this.#response = response;
  }

  /** Starts with `wait`, unless it has started before. @returns the same promise */
  during<Result>(wait: Promise<Result>): Promise<Result> {
    if (!this.#started) {
      this.#started = true;
      this.#timers.push(setTimeout(this.#abort, this.#ms));
      onceClosed(this.#response, this.#abort);
    }
    return wait;
  }

  /** Adds the deadline of the client, if it is shorter. A timer of 2^31 ms or more would fire at once. */
  bringForward(ms: number): void {
    if (ms >= this.#ms) return;
    this.#ms = ms;
    if (this.#started) this.#timers.push(setTimeout(this.#abort, ms));
  }

  /** @throws {ServiceError} `deadline_exceeded` if it has passed */
  check(): void {
    if (this.cancellation.aborted) throw deadlineExceeded();
  }

  /**
   * Resolves like `work`, unless the deadline passes first. If it has not started, `work` has ended.
   *
   * @throws {ServiceError} `deadline_exceeded`
   */
  async race<Result>(work: Promise<Result>): Promise<Result> {
    if (!this.#started) return work;
    const passed = new Promise<never>((_, reject) => this.cancellation.once('abort', () => reject(deadlineExceeded())));
    try {
      return await Promise.race([work, passed]);
    } finally {
      for (const timer of this.#timers) clearTimeout(timer);
      this.#response.off('close', this.#abort);
    }
  }
}
