import type { ServerResponse } from 'node:http';
import { Cancellation } from '../core/cancellation.ts';
import { Failure } from '../core/service-error.ts';

/** When a batch is given up: after a time, or once nobody is there any more to hear the answer. */
export class Deadline {
  readonly cancellation = new Cancellation();
  readonly #timers: NodeJS.Timeout[] = [];
  readonly #giveUp = () => this.cancellation.abort();
  readonly #response: ServerResponse;

  constructor(ms: number, response: ServerResponse) {
    this.#response = response;
    this.#timers.push(setTimeout(this.#giveUp, ms));
    response.once('close', this.#giveUp);
  }

  /** The caller may have less patience than the service. */
  bringForward(ms: number): void {
    this.#timers.push(setTimeout(this.#giveUp, ms));
  }

  /** @throws {Failure} `deadline_exceeded` if it has passed */
  check(): void {
    if (this.cancellation.aborted) throw tooLate();
  }

  /**
   * What the work gives, unless it takes too long.
   *
   * @throws {Failure} `deadline_exceeded`
   */
  async race<Result>(work: Promise<Result>): Promise<Result> {
    const passed = new Promise<never>((_, reject) => this.cancellation.once('abort', () => reject(tooLate())));
    try {
      return await Promise.race([work, passed]);
    } finally {
      for (const timer of this.#timers) clearTimeout(timer);
      this.#response.off('close', this.#giveUp);
    }
  }
}

function tooLate(): Failure {
  return new Failure('deadline_exceeded', 'The batch was not evaluated in time');
}
