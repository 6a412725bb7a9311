import type { IncomingMessage } from 'node:http';
import type { Socket } from 'node:net';
import { stopParsing } from './plugins/pipelined-requests.ts';
import { discardBody } from './request-body.ts';

// A client that is still sending when its request is rejected may read the response only after its last byte, as Python's urllib
// does. If the connection were closed at once, the system would answer its next byte with a reset, and the client would lose
// the response that has arrived. So the connection is closed on one side only, and what still comes is discarded for a while:
// nginx calls it a lingering close. Its limits are below those of a connection that is kept open, so that it gains nobody anything.

/** How long in all, and about how long without a byte. */
const MAX_MS = 30_000;
const MAX_IDLE_MS = 2000;
const MAX_BYTES = 2 ** 31;
/** How many connections at a time; further ones are closed at once. */
const MAX_LINGERING = 64;

let lingering = 0;

/** Lets the connection of a rejected request linger, if its response ends the connection before the request has arrived. */
export function lingerBeforeClose(request: IncomingMessage): void {
  const { socket } = request;
  if (request.complete || socket.destroyed) return;
  discardBody(request);
  // Node calls it once it has written the last response of a connection.
  socket.destroySoon = () => {
    delete (socket as Partial<Socket>).destroySoon;
    if (request.complete || socket.destroyed || lingering >= MAX_LINGERING) socket.destroySoon();
    else linger(request, socket);
  };
}

function linger(request: IncomingMessage, socket: Socket): void {
  lingering += 1;
  stopParsing(socket); // No further request on this connection is begun.
  socket.end();
  const start = performance.now();
  const startBytes = socket.bytesRead;
  let lastBytes = startBytes;
  const timer = setInterval(() => {
    const { bytesRead } = socket;
    const isIdle = bytesRead === lastBytes;
    lastBytes = bytesRead;
    if (isIdle || bytesRead - startBytes > MAX_BYTES || performance.now() - start > MAX_MS) socket.destroy();
  }, MAX_IDLE_MS);
  request.once('end', () => socket.destroy());
  socket.once('close', () => {
    clearInterval(timer);
    lingering -= 1;
  });
}
