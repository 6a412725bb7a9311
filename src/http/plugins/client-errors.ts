import { randomUUID } from 'node:crypto';
import { type IncomingMessage, type ServerResponse, STATUS_CODES } from 'node:http';
import type { Socket } from 'node:net';
import type { ConnectionError, FastifyInstance } from 'fastify';
import { ServiceError } from '../../core/service-error.ts';
import { PROBLEM_TYPE, toProblem } from '../problem.ts';
import { MAX_HEADER_BYTES } from './connections.ts';
import { SECURITY_HEADERS } from './security-headers.ts';

/** How long a refused caller gets to read why, before the connection is cut while it may still be sending. */
const LINGER_MS = 1000;

/** The latest response on each connection. */
const responses = new WeakMap<Socket, ServerResponse>();
/** Connections on which nothing further is read. */
const refused = new WeakSet<Socket>();

/** Answers what Node's parser refuses, which no route ever sees, with a problem document; then the connection ends. */
export function registerClientErrors(app: FastifyInstance): void {
  app.addHook('onRequest', async ({ raw }, reply) => {
    responses.set(raw.socket, reply.raw);
  });
  // Without a listener Node would hang up on it without a word.
  app.server.on('connect', (_request: IncomingMessage, socket: Socket) => {
    refuse(app, socket, new ServiceError('malformed_request', 'CONNECT is for proxies, and this is none'));
  });
}

/** Fastify's `clientErrorHandler`. The error itself is not logged: it holds the raw bytes, and any key among them. */
export function handleClientError(this: FastifyInstance, error: ConnectionError, socket: Socket): void {
  if (error.code === 'ECONNRESET') socket.destroy();
  else refuse(this, socket, toServiceError(error));
}

/** Says why, unless that would be taken for the answer to another request, or for a part of it. */
function refuse(app: FastifyInstance, socket: Socket, failure: ServiceError): void {
  if (socket.destroyed || !socket.writable || refused.has(socket)) return;
  refused.add(socket);
  const response = responses.get(socket);
  const whole = response?.req.complete ?? true;
  if (response && !response.writableFinished && (whole || response.headersSent)) {
    response.once('finish', () => socket.destroySoon()); // It came before what is wrong, and gets its answer.
  } else if (whole || !response?.headersSent) {
    const id = randomUUID();
    app.log.info({ request_id: id, code: failure.code, detail: failure.message }, 'refused');
    socket.end(problemText(failure, id));
    setTimeout(() => socket.destroy(), LINGER_MS).unref();
  } else {
    socket.destroy(); // It has been answered already, and the rest of it is of no use.
  }
}

function toServiceError({ code, message }: ConnectionError & { readonly message: string }): ServiceError {
  switch (code) {
    case 'ERR_HTTP_REQUEST_TIMEOUT':
      return new ServiceError('request_timeout', 'The request did not arrive in the time that it may take');
    case 'HPE_HEADER_OVERFLOW':
      return new ServiceError(
        'headers_too_large',
        `expected at most ${MAX_HEADER_BYTES} bytes of path and headers, got more`,
      );
    default:
      return new ServiceError('malformed_request', `The request is not HTTP/1.1: ${message}`);
  }
}

function problemText(failure: ServiceError, id: string): string {
  const problem = toProblem(failure, id);
  const body = JSON.stringify(problem);
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
