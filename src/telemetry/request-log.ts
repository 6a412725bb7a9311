import type { FastifyReply, FastifyRequest } from 'fastify';
import { shorten } from '../core/shorten.ts';

/** Writes one line for a request, in place of Fastify's two, when its response is sent or its client has disconnected. */
export function logRequest(request: FastifyRequest, reply: FastifyReply): void {
  reply.raw.once('close', () => {
    const { headersSent, statusCode, writableFinished } = reply.raw;
    const line = {
      method: request.method,
      path: shorten(request.url.split('?', 1)[0] ?? ''),
      ...(headersSent && { status: statusCode }),
      ...(!writableFinished && { aborted: true }),
      ms: Math.round(reply.elapsedTime * 1000) / 1000,
    };
    request.log.info(line, 'request');
  });
}
