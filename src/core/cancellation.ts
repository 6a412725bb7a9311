import { EventEmitter } from 'node:events';

/**
 * Cancels a batch, in the queue or while it runs.
 *
 * An AbortSignal would do the same, but to make one and listen to it costs 50 µs, a tenth of the time of a small batch.
 */
export class Cancellation extends EventEmitter<{ abort: [] }> {
  #aborted = false;

  constructor() {
    super();
    this.setMaxListeners(0); // One for each task of a batch.
  }

  get aborted(): boolean {
    return this.#aborted;
  }

  abort(): void {
    if (this.#aborted) return;
    this.#aborted = true;
    this.emit('abort');
  }
}
