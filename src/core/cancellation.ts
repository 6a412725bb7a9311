import { EventEmitter } from 'node:events';

/**
 * Cancels a batch: it leaves the queue, or its evaluation stops early.
 *
 * An AbortSignal would do the same, but to create one and listen to it takes 50 µs, a tenth of the time of a small batch.
 */
export class Cancellation extends EventEmitter<{ abort: [] }> {
  #aborted = false;

  constructor() {
    super();
    this.setMaxListeners(0); // Each part of a batch adds a listener.
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
