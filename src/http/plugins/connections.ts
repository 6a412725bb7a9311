import type { IncomingMessage, ServerOptions, ServerResponse } from 'node:http';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { Config } from '../../config.ts';
import { ServiceError } from '../../core/service-error.ts';

// How much, and how slowly, callers may send. SECURITY.md has the reasons for the figures.

/** The request line and all headers. */
export const MAX_HEADER_BYTES = 16_384;
export const MAX_HEADERS = 100;
const HEADERS_TIMEOUT_MS = 15_000;
/** Beyond the minute after which load balancers usually close idle connections, so that they do it first. */
const KEEP_ALIVE_TIMEOUT_MS = 72_000;
/** What a connection may be silent beyond the time that evaluating takes. */
const SILENCE_MS = 30_000;
const CHECK_INTERVAL_MS = 1000;

/** Server options of Fastify, and of Node below it. */
export function connectionOptions({ uploadTimeoutMs, requestTimeoutMs }: Config) {
  const http: ServerOptions = {
    maxHeaderSize: MAX_HEADER_BYTES,
    headersTimeout: Math.min(HEADERS_TIMEOUT_MS, uploadTimeoutMs),
    connectionsCheckingInterval: CHECK_INTERVAL_MS,
    requireHostHeader: false, // Node's answer would be an empty one; `checkHead` gives a better.
    keepAlive: true, // Finds peers that are gone without a word.
    keepAliveInitialDelay: SILENCE_MS,
  };
  return {
    http,
    requestTimeout: uploadTimeoutMs,
    keepAliveTimeout: KEEP_ALIVE_TIMEOUT_MS,
    // No byte either way for so long: the peer is gone, or does not read its answer. Node gives an answer of which some
    // was taken the same time once more.
    connectionTimeout: requestTimeoutMs + Math.min(SILENCE_MS, uploadTimeoutMs),
  };
}

export function registerConnectionGuards(app: FastifyInstance, { maxConnections }: Config): void {
  const { server } = app;
  server.maxConnections = maxConnections;
  app.addHook('onRequest', async (request) => checkHead(request));

  // A caller that asks before it sends its body is told to go on when somebody begins to read it: after the key, the
  // route, the headers and the length were found good. If nobody does, what comes next could be the body or another
  // request, so the connection ends.
  server.on('checkContinue', (request: IncomingMessage, response: ServerResponse) => {
    response.setHeader('connection', 'close');
    request.once('resume', () => {
      if (response.headersSent) return;
      response.removeHeader('connection');
      response.writeContinue();
    });
    server.emit('request', request, response);
  });
  // Other expectations may be ignored (RFC 9110, section 10.1.1), where Node would refuse them with an empty answer.
  server.on('checkExpectation', (request, response) => server.emit('request', request, response));
}

function checkHead({ raw }: FastifyRequest): void {
  if (raw.rawHeaders.length > 2 * MAX_HEADERS) {
    throw new ServiceError(
      'headers_too_large',
      `expected at most ${MAX_HEADERS} headers, got ${raw.rawHeaders.length / 2}`,
    );
  }
  if (raw.headers.host === undefined && raw.httpVersion === '1.1') {
    throw new ServiceError('malformed_request', 'expected a Host header, which HTTP/1.1 requires');
  }
}
