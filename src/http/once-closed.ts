import type { ServerResponse } from 'node:http';

/** Calls back once a response is over: sent, or its client gone. That may have happened already. */
export function onceClosed(response: ServerResponse, listener: () => void): void {
  if (response.destroyed) listener();
  else response.once('close', listener);
}
