import { once } from 'node:events';
import type { ServerResponse } from 'node:http';

/**
 * The phases of a shutdown. While draining, readiness fails but requests are still served, so that load balancers have
 * time to notice. While closing, new batches are rejected, and only those that were accepted are finished.
 */
export class Lifecycle {
  #phase: 'serving' | 'draining' | 'closing' = 'serving';
  readonly #inFlight = new Set<ServerResponse>();
  readonly #uploads = new Set<() => void>();

  /** Whether the shutdown has begun; it stays true while closing. */
  get draining(): boolean {
    return this.#phase !== 'serving';
  }

  get closing(): boolean {
    return this.#phase === 'closing';
  }

  drain(): void {
    if (this.#phase === 'serving') this.#phase = 'draining';
  }

  close(): void {
    this.#phase = 'closing';
  }

  /** Counts a response as in flight until it is sent or its client has disconnected. */
  track(response: ServerResponse): void {
    this.#inFlight.add(response);
    response.once('close', () => this.#inFlight.delete(response));
  }

  /**
   * Counts a body as arriving.
   *
   * @param reject is called if it may not go on
   * @returns ends it
   */
  trackUpload(reject: () => void): () => void {
    this.#uploads.add(reject);
    return () => this.#uploads.delete(reject);
  }

  /** Rejects the bodies that are still arriving. */
  rejectUploads(): void {
    for (const reject of this.#uploads) reject();
  }

  /**
   * Resolves when the responses that are in flight now are sent, or their clients have disconnected.
   *
   * Without this wait, the end of a large response would be lost: when the server closes, Node treats a connection as
   * idle, and closes it, as soon as all of a response has been written to it, even if not all of it is sent.
   */
  async drained(): Promise<void> {
    await Promise.all([...this.#inFlight].map((response) => once(response, 'close')));
  }
}

/** Calls the listener when a response is sent or its client has disconnected; immediately if that has happened. */
export function onceClosed(response: ServerResponse, listener: () => void): void {
  if (response.destroyed) listener();
  else response.once('close', listener);
}
