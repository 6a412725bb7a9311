import type { ServerResponse } from 'node:http';
import type { Lease, MemoryPool } from '../core/buffer-pool.ts';

/**
 * One request's memory. The answer lies there until it is out, and a caller that hangs up does not stop the threads
 * that write there: it goes back when both the response and the work are done.
 */
export class Loan {
  readonly memory: Lease;
  #holders = 1;

  constructor(pool: MemoryPool, response: ServerResponse) {
    this.memory = pool.lease();
    response.once('close', () => this.#letGo());
  }

  async during<Result>(work: Promise<Result>): Promise<Result> {
    this.#holders += 1;
    try {
      return await work;
    } finally {
      this.#letGo();
    }
  }

  #letGo(): void {
    this.#holders -= 1;
    if (this.#holders === 0) void this.memory.release();
  }
}
