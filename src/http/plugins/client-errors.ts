import { randomUUID } from 'node:crypto';
import { type IncomingMessage, STATUS_CODES } from 'node:http';
import type { Socket } from 'node:net';
import type { ConnectionError, FastifyInstance } from 'fastify';
import { requestTimeout } from '../../core/common-errors.ts';
import { ServiceError } from '../../core/service-error.ts';
import { PROBLEM_TYPE, toProblem, writeProblem } from '../problem.ts';
import { MAX_REQUEST_HEADER_BYTES, MAX_REQUEST_HEADERS } from './connection-limits.ts';
import { latestResponse } from './pipelined-requests.ts';
import { SECURITY_HEADERS } from './security-headers.ts';

/** How long a client can read the problem before its connection is closed, even if it is still sending. */
const LINGER_MS = 1000;

/** Connections that have been rejected, on which nothing further is read. */
const rejected = new WeakSet<Socket>();

/** Sends a problem document for requests that Node's parser rejects, which no route sees, and closes the connection. */
export function registerClientErrors(app: FastifyInstance): void {
  // Without a listener, Node would close the connection without a response.
  app.server.on('connect', (_request: IncomingMessage, socket: Socket) => {
    reject(app, socket, new ServiceError('malformed_request', 'CONNECT is for proxies, and this service is not one'));
  });
}

/** Fastify's `clientErrorHandler`. It does not log the error itself, which holds the raw bytes and any key in them. */
export function handleClientError(this: FastifyInstance, error: ConnectionError, socket: Socket): void {
  reject(this, socket, parserError(error));
}

/** Sends the problem, unless the client is gone, or would take it for the response to another request, or for a part of it. */
function reject(app: FastifyInstance, socket: Socket, error: ServiceError): void {
  if (socket.destroyed || !socket.writable || rejected.has(socket)) return;
  rejected.add(socket);
  const response = latestResponse(socket);
  const requestComplete = response?.req.complete ?? true;
  if (response && !response.writableFinished && (requestComplete || response.headersSent)) {
    response.once('finish', () => socket.destroySoon()); // An earlier, valid request: its response is still sent.
  } else if (requestComplete || !response?.headersSent) {
    const id = randomUUID();
    app.log.info({ request_id: id, code: error.code, detail: error.message }, 'rejected');
    socket.end(rawResponse(error, id));
    setTimeout(() => socket.destroy(), LINGER_MS).unref();
  } else {
    socket.destroy(); // The request has had its response already, before it was complete.
  }
}

function parserError({ code, message }: ConnectionError & { readonly message: string }): ServiceError {
  switch (code) {
    case 'ERR_HTTP_REQUEST_TIMEOUT':
      return requestTimeout();
    case 'HPE_HEADER_OVERFLOW':
      return new ServiceError(
        'headers_too_large',
        `expected at most ${MAX_REQUEST_HEADERS} headers, and ${MAX_REQUEST_HEADER_BYTES} bytes with the request line, got more`,
      );
    default:
      return new ServiceError('malformed_request', `The request is not HTTP/1.1: ${message}`);
  }
}

function rawResponse(error: ServiceError, id: string): string {
  const problem = toProblem(error, id);
  const body = writeProblem(problem);
  const headers = {
    ...SECURITY_HEADERS,
    'content-type': PROBLEM_TYPE,
    'content-length': Buffer.byteLength(body),
    'x-request-id': id,
    date: new Date().toUTCString(),
    connection: 'close',
  };
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}`);
  return [`HTTP/1.1 ${problem.status} ${STATUS_CODES[problem.status]}`, ...lines, '', body].join('\r\n');
}
