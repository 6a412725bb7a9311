import type { RequestListener, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import type { FastifyInstance } from 'fastify';
import { onceClosed } from '../lifecycle.ts';

/** How many requests of a connection may wait. Clients must expect that a connection ends early (RFC 9112, section 9.3.2). */
const MAX_WAITING = 32;
/** The same for all connections together: each of these requests has its headers in memory, up to 10 kB outside the budget. */
const MAX_WAITING_TOGETHER = 1024;

/** The response to the latest request on each connection, which may be waiting for those before it. */
const latest = new WeakMap<Socket, ServerResponse>();
const waiting = new WeakMap<Socket, number>();

export function latestResponse(socket: Socket): ServerResponse | undefined {
  return latest.get(socket);
}

let waitingTogether = 0;

/**
 * Handles the requests of each connection one after another, as HTTP/1.1 responds to them.
 *
 * Node would begin all requests that arrive together, a thousand of them in 64 KiB, and keep their responses in memory
 * until the earlier ones are sent. Nor does it report to waiting responses that the connection is closed: what they hold
 * would never be released. So they wait here, before Fastify knows of them.
 */
export function registerPipelinedRequests({ server }: FastifyInstance): void {
  const [handle] = server.listeners('request') as [RequestListener];
  server.off('request', handle);
  server.on('request', (request, response) => {
    const { socket } = request;
    const previous = latest.get(socket);
    latest.set(socket, response);
    if (previous === undefined || previous.destroyed) {
      handle(request, response);
      return;
    }
    if (!waiting.has(socket)) {
      closeWithoutStacks(socket);
      socket.once('close', () => {
        waitingTogether -= waiting.get(socket) ?? 0;
      });
    }
    const count = (waiting.get(socket) ?? 0) + 1;
    if (socket.destroyed || count > MAX_WAITING || waitingTogether >= MAX_WAITING_TOGETHER) {
      socket.destroy();
      stopParsing(socket);
      return;
    }
    waiting.set(socket, count);
    waitingTogether += 1;
    onceClosed(previous, () => {
      if (socket.destroyed) return;
      waiting.set(socket, waiting.get(socket)! - 1);
      waitingTogether -= 1;
      // In a later turn: otherwise many short requests would be handled before any of another connection.
      setImmediate(() => {
        if (!socket.destroyed) handle(request, response);
      });
    });
  });
}

/**
 * Node would parse what it has read of a destroyed connection to its end: a thousand requests. To its parser, 2 says that
 * another protocol begins. The property is not documented; without it, the rest would be parsed.
 */
export function stopParsing(socket: Socket): void {
  const { parser } = socket as { parser?: { onIncoming?: () => number } | null };
  if (parser) parser.onIncoming = () => 2;
}

/**
 * When a connection is closed, Node makes an error for each of its requests. The stacks of a thousand take 8 ms, and nobody
 * sees them: they are left out.
 */
function closeWithoutStacks(socket: Socket): void {
  const { stackTraceLimit } = Error;
  socket.prependOnceListener('close', () => {
    Error.stackTraceLimit = 0;
  });
  socket.once('close', () => {
    Error.stackTraceLimit = stackTraceLimit;
  });
}
