import type { FastifyBaseLogger, FastifyReply, FastifyRequest } from 'fastify';
import { shorten } from '../core/shorten.ts';

/** Writes one line for a request, in place of Fastify's two, when its response is sent or its client has disconnected. */
export function requestLog(logger: FastifyBaseLogger): (request: FastifyRequest, reply: FastifyReply) => void {
  // The line has no headers: to search it for keys would take longer than to write it.
  const lines = logger.child({}, { redact: [] });
  const write = (request: FastifyRequest, reply: FastifyReply) => {
    const { headersSent, statusCode, writableFinished } = reply.raw;
    const line = {
      request_id: request.id,
      ...request.traceIds,
      method: request.method,
      path: shorten(request.url.split('?', 1)[0] ?? ''),
      ...(headersSent && { status: statusCode }),
      ...(!writableFinished && { aborted: true }),
      ...(request.evaluated?.warnings.length && { warnings: request.evaluated.warnings }),
      ms: Math.round(reply.elapsedTime * 1000) / 1000,
    };
    lines.info(line, 'request');
  };
  return (request, reply) => {
    if (isEnabled(lines)) reply.raw.once('close', () => write(request, reply));
  };
}

/** Not every logger can tell. */
function isEnabled(logger: FastifyBaseLogger & { isLevelEnabled?(level: string): boolean }): boolean {
  return logger.isLevelEnabled?.('info') ?? true;
}
