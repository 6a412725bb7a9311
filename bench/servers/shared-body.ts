import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { BufferPool } from '../../src/core/buffer-pool.ts';

/** Binary bodies are read straight into shared memory of the length that the request names, in use until the response has been sent. */
export function acceptSharedBodies(app: FastifyInstance, pool: BufferPool): void {
  app.addContentTypeParser('application/octet-stream', (request: FastifyRequest, payload, done) => {
    const length = Number(request.headers['content-length']);
    const body = new Uint8Array(pool.acquire(length), 0, length);
    let at = 0;
    payload.on('data', (chunk: Buffer) => {
      body.set(chunk, at);
      at += chunk.length;
    });
    payload.on('end', () => done(null, body));
    payload.on('error', done);
  });
  app.addHook('onResponse', async ({ body }) => {
    if (body instanceof Uint8Array && body.buffer instanceof SharedArrayBuffer)
      pool.release(body.buffer, body.byteLength);
  });
}
