import type { FastifyInstance } from 'fastify';
import { z } from 'zod';
import { notReady, shuttingDown } from '../../core/common-errors.ts';
import type { Engine } from '../../engine/engine.ts';
import type { Lifecycle } from '../lifecycle.ts';
import { answer, problems } from '../openapi/operation.ts';

export const healthSchema = z.strictObject({ status: z.enum(['live', 'ready']) });

const liveOperation = {
  operationId: 'isLive',
  summary: 'Whether the process answers at all',
  tags: ['operation'],
  response: { 200: answer('It does.', 'Health', 'Live', { status: 'live' }), ...problems('internal') },
};

const readyOperation = {
  operationId: 'isReady',
  summary: 'Whether to send batches here: the engine is warm and the service is not shutting down',
  tags: ['operation'],
  response: {
    200: answer('Send them.', 'Health', 'Ready', { status: 'ready' }),
    ...problems('not_ready', 'shutting_down', 'internal'),
  },
};

/** Liveness and readiness, for whatever restarts the process and whatever sends it requests. */
export function registerHealth(app: FastifyInstance, engine: Engine, lifecycle: Lifecycle): void {
  app.get('/health/live', { schema: liveOperation, config: { public: true } }, async () => ({ status: 'live' }));

  app.get('/health/ready', { schema: readyOperation, config: { public: true } }, async () => {
    requireReady(engine, lifecycle);
    return { status: 'ready' };
  });
}

/** @throws {ServiceError} `shutting_down` or `not_ready` */
export function requireReady(engine: Engine, lifecycle: Lifecycle): void {
  if (lifecycle.draining) throw shuttingDown();
  if (!engine.info) throw notReady();
}
