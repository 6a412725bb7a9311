import { Readable } from 'node:stream';
import fastify from 'fastify';
import { startEngine } from '../../src/engine/worker-pool.ts';
import { firstNotFinite } from '../../src/loss/finite.ts';
import { MemoryPool } from '../../src/loss/memory.ts';
import { summarize } from '../../src/loss/summarize.ts';
import { makeBatch } from '../batches.ts';
import { THREADS } from '../threads.ts';
import { announce } from './announce.ts';
import { acceptSharedBodies } from './shared-body.ts';

// Stands in for a binary route: float32 logits and int32 labels in, float32 gradients and the summary as JSON out,
// with as many copies as such a route needs: one from the socket into shared memory, none on the way back.

const engine = startEngine({ engine: 'auto', threads: THREADS, queueLimit: 8 });
const { name, versions } = await engine.ready;
const app = fastify({ bodyLimit: 2 ** 30 });
const pool = new MemoryPool();
acceptSharedBodies(app, pool);

app.post<{ Body: Uint8Array; Params: { classes: string } }>('/focal-loss/:classes', async (request, reply) => {
  const { buffer, byteLength } = request.body;
  const classes = Number(request.params.classes);
  const samples = byteLength / 4 / (classes + 1);
  const logits = new Float32Array(buffer, 0, samples * classes);
  const labels = new Int32Array(buffer, logits.byteLength, samples);
  // As every route must, before the numbers go to an engine.
  if (firstNotFinite(logits) >= 0) throw new Error('expected finite logits');
  const batch = makeBatch({ logits, labels }, samples, classes);

  const memory = pool.lease();
  const { arrays, sums } = await engine.evaluate(batch, { memory });
  reply.raw.once('close', () => memory.release());
  const gradients = arrays.gradients!;
  const summary = Buffer.from(JSON.stringify(summarize(batch, sums)));
  reply.type('application/octet-stream');
  reply.header('content-length', gradients.byteLength + summary.length);
  reply.header('x-summary-bytes', summary.length);
  return Readable.from([Buffer.from(gradients.buffer, gradients.byteOffset, gradients.byteLength), summary]);
});

await announce(app, { versions: { engine: name, ...versions } });
