import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { BufferPool } from '../../src/core/buffer-pool.ts';

/** Reads binary bodies straight into shared memory of the announced length, which is released when the response is out. */
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
