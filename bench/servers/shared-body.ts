import type { FastifyInstance, FastifyRequest } from 'fastify';

/** Binary bodies are read straight into shared memory of the length that the request names. */
export function acceptSharedBodies(app: FastifyInstance): void {
  app.addContentTypeParser('application/octet-stream', (request: FastifyRequest, payload, done) => {
    const body = new Uint8Array(new SharedArrayBuffer(Number(request.headers['content-length'])));
    let at = 0;
    payload.on('data', (chunk: Buffer) => {
      body.set(chunk, at);
      at += chunk.length;
    });
    payload.on('end', () => done(null, body));
    payload.on('error', done);
  });
}
