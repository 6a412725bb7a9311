import type { ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { onceClosed } from '../lifecycle.ts';

/** The response to the latest request on each connection, which may be waiting for those before it. */
const latest = new WeakMap<Socket, ServerResponse>();

export function latestResponse(socket: Socket): ServerResponse | undefined {
  return latest.get(socket);
}

/**
 * Handles the requests of each connection one after another, as HTTP/1.1 responds to them. Register it before all other
 * hooks.
 *
 * Node would begin all requests that arrive together, a thousand of them in 64 KiB, and keep their responses in memory
 * until the earlier ones are sent. Nor does it report to waiting responses that the connection is closed: what they hold
 * would never be released.
 */
export function registerPipelinedRequests(app: FastifyInstance): void {
  app.addHook('onRequest', async (request, reply) => {
    await waitForTurn(request, reply);
  });
}

/**
 * Waits for the earlier requests of the connection.
 *
 * @returns whether to go on; a request whose connection was closed meanwhile is dropped: nothing holds it yet
 */
export async function waitForTurn({ raw }: FastifyRequest, reply: FastifyReply): Promise<boolean> {
  const previous = latest.get(raw.socket);
  latest.set(raw.socket, reply.raw);
  if (previous === undefined || previous.destroyed) return true;
  await new Promise<void>((resolve) => onceClosed(previous, resolve));
  await nextTurn(); // Otherwise a thousand short requests would be handled before any of another connection.
  if (raw.socket.destroyed) reply.hijack();
  return !raw.socket.destroyed;
}
