import type { ServerResponse } from 'node:http';

/** Calls the listener when a response is sent or its client has disconnected; immediately if that has happened. */
export function onceClosed(response: ServerResponse, listener: () => void): void {
  if (response.destroyed) listener();
  else response.once('close', listener);
}
