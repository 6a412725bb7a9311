import { once } from 'node:events';
import type { ServerResponse } from 'node:http';

/**
 * Where the process is on its way out. While draining, readiness says no but requests are still served, so that load
 * balancers have time to notice; once closing, new requests are refused and only those accepted are finished.
 */
export class Lifecycle {
  #phase: 'serving' | 'shutting_down' | 'closing' = 'serving';
  readonly #inFlight = new Set<ServerResponse>();

  get draining(): boolean {
    return this.#phase !== 'serving';
  }

  get closing(): boolean {
    return this.#phase === 'closing';
  }

  drain(): void {
    if (this.#phase === 'serving') this.#phase = 'shutting_down';
  }

  close(): void {
    this.#phase = 'closing';
  }

  /** A request came, and this will be its response. */
  began(response: ServerResponse): void {
    this.#inFlight.add(response);
    response.once('close', () => this.#inFlight.delete(response));
  }

  /**
   * Settles when the responses that are under way now are out, or their callers gone. Node takes a connection for idle,
   * and closes it with the server, as soon as all of a response was given to it: the end of a large one would be lost.
   */
  async drained(): Promise<void> {
    await Promise.all([...this.#inFlight].map((response) => once(response, 'close')));
  }
}
