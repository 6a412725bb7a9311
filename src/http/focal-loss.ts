import type { FastifyInstance } from 'fastify';
import { Cancellation } from '../engine/cancellation.ts';
import type { Engine } from '../engine/engine.ts';
import { Failure } from '../loss/failure.ts';
import { MemoryPool } from '../loss/memory.ts';
import { readJsonRequest } from '../wire/json-request.ts';
import { writeJsonResponse } from '../wire/json-response.ts';
import { EXAMPLE_RESPONSE } from './focal-loss-example.ts';
import type { Lifecycle } from './lifecycle.ts';
import { answer, problems, schemaRef } from './operation.ts';

const JSON_TYPE = 'application/json';

const operation = {
  operationId: 'computeFocalLoss',
  summary: 'Loss, gradients and breakdown of one batch',
  description:
    'FL(p_t) = −α_t (1 − p_t)^γ log p_t (Lin et al. 2017), with its gradients with respect to the predictions and a ' +
    'per-class breakdown that shows where the loss comes from.',
  tags: ['loss'],
  body: { content: { [JSON_TYPE]: { schema: schemaRef('FocalLossRequest') } } },
  response: {
    200: answer('The evaluated batch.', 'FocalLossResponse', 'Two samples of three classes', EXAMPLE_RESPONSE),
    ...problems(
      'malformed_body',
      'not_acceptable',
      'body_too_large',
      'unsupported_media_type',
      'invalid_request',
      'queue_full',
      'internal',
      'not_ready',
      'draining',
      'engine_lost',
      'deadline_exceeded',
    ),
  },
};

interface FocalLossSettings {
  readonly maxJsonBytes: number;
  readonly requestTimeoutMs: number;
}

/** `POST /v1/focal-loss`: one batch in, its loss, gradients and breakdown out. */
export function registerFocalLoss(
  app: FastifyInstance,
  engine: Engine,
  lifecycle: Lifecycle,
  { maxJsonBytes, requestTimeoutMs }: FocalLossSettings,
): void {
  const pool = new MemoryPool();
  // The body stays bytes: wire/ reads it, and Fastify neither parses nor validates it.
  app.removeAllContentTypeParsers();
  app.addContentTypeParser(JSON_TYPE, { parseAs: 'buffer' }, (_request, body, done) => done(null, body));
  app.addContentTypeParser('*', ({ headers }, _payload, done) => {
    const got = headers['content-type'] ?? 'none';
    done(new Failure('unsupported_media_type', `expected the Content-Type ${JSON_TYPE}, got ${got}`));
  });

  app.post(
    '/v1/focal-loss',
    {
      schema: operation,
      bodyLimit: maxJsonBytes,
      onRequest: async (request) => {
        if (lifecycle.closing) throw new Failure('draining', 'The service is shutting down', { retryAfterSeconds: 1 });
        if (!engine.info) throw new Failure('not_ready', 'The engine is warming up', { retryAfterSeconds: 1 });
        if (!request.accepts().type([JSON_TYPE])) {
          throw new Failure(
            'not_acceptable',
            `expected an Accept header that allows ${JSON_TYPE}, got ${request.headers.accept}`,
          );
        }
      },
    },
    async (request, reply) => {
      const memory = pool.lease();
      const closed = new Promise<void>((resolve) => reply.raw.once('close', resolve));
      const cancellation = new Cancellation();
      const timer = setTimeout(() => cancellation.abort(), requestTimeoutMs);
      try {
        const start = performance.now();
        const batch = readJsonRequest(request.body instanceof Uint8Array ? request.body : new Uint8Array(), memory);
        const decode = performance.now() - start;
        const { queueMs, computeMs, ...evaluation } = await engine.evaluate(batch, {
          cancellation,
          memory,
        });
        const { name, device } = engine.info!;
        // Fastify does not know bytes in shared memory for bytes, and would write them as an object.
        reply.type(JSON_TYPE).serializer((text: Buffer) => text as never);
        const durations = { queue: queueMs, decode, compute: computeMs };
        return writeJsonResponse(batch, evaluation, { name, device }, durations, memory);
      } finally {
        clearTimeout(timer);
        // The answer lies there until it is out; and a caller that hangs up does not stop the threads that write there.
        void closed.then(() => memory.release());
      }
    },
  );
}
