import fastify from 'fastify';
import { BufferPool } from '../../src/core/buffer-pool.ts';
import { announce } from './announce.ts';
import { acceptSharedBodies } from './shared-body.ts';

// The least that a Fastify route can do: what a whole request is measured against.

const app = fastify({ bodyLimit: 2 ** 30 });
acceptSharedBodies(app, new BufferPool(2 ** 30));

app.post<{ Body: Uint8Array }>('/echo', async (request, reply) => {
  reply.type('application/octet-stream');
  return Buffer.from(request.body.buffer, 0, request.body.byteLength);
});

// The same as Fastify's guide has it: collected, joined, sent back.
app.addContentTypeParser('application/x-bytes', { parseAs: 'buffer' }, (_request, body, done) => done(null, body));
app.post('/guide-echo', async (request, reply) => {
  reply.type('application/octet-stream');
  return request.body;
});

let answer: unknown;
app.post('/answer-with', async (request) => {
  answer = request.body;
  return {};
});
/** Parses a body and writes an answer, both JSON, and looks at neither. */
app.post('/json', async () => answer);

await announce(app);
