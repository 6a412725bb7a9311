import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { BufferLease } from '../../src/core/buffer-lease.ts';
import type { BufferPool } from '../../src/core/buffer-pool.ts';

/** Reads binary bodies straight into shared memory of the announced length, which is released when the response is out. */
export function acceptSharedBodies(app: FastifyInstance, pool: BufferPool): void {
  const leases = new WeakMap<FastifyRequest, BufferLease>();
  app.addContentTypeParser('application/octet-stream', (request: FastifyRequest, payload, done) => {
    const lease = pool.lease();
    const body = lease.bytes(Number(request.headers['content-length']));
    leases.set(request, lease);
    let at = 0;
    payload.on('data', (chunk: Buffer) => {
      body.set(chunk, at);
      at += chunk.length;
    });
    payload.on('end', () => done(null, body));
    payload.on('error', done);
  });
  app.addHook('onResponse', async (request) => leases.get(request)?.release());
}
