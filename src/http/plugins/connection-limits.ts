import type { IncomingMessage, ServerOptions, ServerResponse } from 'node:http';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { Config } from '../../config.ts';
import { ServiceError } from '../../core/service-error.ts';

// Limits on how much clients may send, and how slowly. SECURITY.md explains the figures.

/** The request line and all headers together. */
export const MAX_REQUEST_HEADER_BYTES = 16_384;
export const MAX_REQUEST_HEADERS = 100;
const HEADERS_TIMEOUT_MS = 15_000;
/** Longer than the minute after which load balancers usually close idle connections, so that they close them first. */
const KEEP_ALIVE_TIMEOUT_MS = 72_000;
/** How long a connection may be idle beyond the time that an evaluation may take. */
const IDLE_MS = 30_000;
const CHECK_INTERVAL_MS = 1000;

/** Options of Fastify's server, and in `http` of Node's. */
export function connectionOptions({ uploadTimeoutMs, requestTimeoutMs }: Config) {
  const http: ServerOptions = {
    maxHeaderSize: MAX_REQUEST_HEADER_BYTES,
    headersTimeout: Math.min(HEADERS_TIMEOUT_MS, uploadTimeoutMs),
    connectionsCheckingInterval: CHECK_INTERVAL_MS,
    requireHostHeader: false, // Node's response would have no body; `checkHead` sends a problem.
    keepAlive: true, // TCP keep-alive detects peers that vanished.
    keepAliveInitialDelay: IDLE_MS,
  };
  return {
    http,
    requestTimeout: uploadTimeoutMs,
    keepAliveTimeout: KEEP_ALIVE_TIMEOUT_MS,
    // If no byte moves for this long, the client is gone or does not read its response. Node allows the same time again
    // if the client has read a part of the response.
    connectionTimeout: requestTimeoutMs + Math.min(IDLE_MS, uploadTimeoutMs),
  };
}

export function registerConnectionLimits(app: FastifyInstance, { maxConnections }: Config): void {
  const { server } = app;
  server.maxConnections = maxConnections;
  // Some versions of Node reject more headers, others leave them out: `checkHead` has to see that there are more.
  server.maxHeadersCount = MAX_REQUEST_HEADERS + 1;
  app.addHook('onRequest', (request, _reply, done) => {
    checkHead(request);
    done();
  });

  // A client that sends `Expect: 100-continue` gets its 100 when the body is first read, which is after the checks of key,
  // route, headers and length. If a check rejects the request, the next bytes could be its body or another request, so
  // the connection is closed.
  server.on('checkContinue', (request: IncomingMessage, response: ServerResponse) => {
    response.setHeader('connection', 'close');
    request.once('resume', () => {
      if (response.headersSent) return;
      response.removeHeader('connection');
      response.writeContinue();
    });
    server.emit('request', request, response);
  });
  // Other expectations may be ignored (RFC 9110, section 10.1.1); Node would reject them with an empty response.
  server.on('checkExpectation', (request, response) => server.emit('request', request, response));
}

function checkHead({ raw }: FastifyRequest): void {
  if (raw.rawHeaders.length > 2 * MAX_REQUEST_HEADERS) {
    throw new ServiceError('headers_too_large', `expected at most ${MAX_REQUEST_HEADERS} headers, got more`);
  }
  if (raw.headers.host === undefined && raw.httpVersion === '1.1') {
    throw new ServiceError('malformed_request', 'expected a Host header, which HTTP/1.1 requires');
  }
  // Node uses the first one; a proxy that uses the last would have checked another host (RFC 9112, section 3.2).
  const hosts = raw.rawHeaders.filter((name, i) => i % 2 === 0 && name.toLowerCase() === 'host').length;
  if (hosts > 1) throw new ServiceError('malformed_request', `expected one Host header, got ${hosts}`);
}
