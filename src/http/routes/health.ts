import type { FastifyInstance } from 'fastify';
import { z } from 'zod';
import { notReady, shuttingDown } from '../../core/common-errors.ts';
import type { Engine } from '../../engine/engine.ts';
import type { Lifecycle } from '../lifecycle.ts';
import { jsonResponse, problemResponses } from '../openapi/response-descriptions.ts';

export const healthSchema = z.strictObject({ status: z.enum(['live', 'ready']).describe('What the path asks for.') });

const liveOperation = {
  operationId: 'isLive',
  summary: 'Liveness: whether the process responds',
  tags: ['operation'],
  response: {
    200: jsonResponse('The process responds.', 'Health', 'Live', { status: 'live' }),
    ...problemResponses('internal'),
  },
};

const readyOperation = {
  operationId: 'isReady',
  summary: 'Readiness: whether the engine is warm and the service is not shutting down',
  tags: ['operation'],
  response: {
    200: jsonResponse('The service accepts batches.', 'Health', 'Ready', { status: 'ready' }),
    ...problemResponses('not_ready', 'shutting_down', 'internal'),
  },
};

/** Liveness, for what restarts the process, and readiness, for what sends it requests. */
export function registerHealth(app: FastifyInstance, engine: Engine, lifecycle: Lifecycle): void {
  app.get('/health/live', { schema: liveOperation, config: { public: true } }, async () => ({ status: 'live' }));

  app.get('/health/ready', { schema: readyOperation, config: { public: true } }, async () => {
    checkReady(engine, lifecycle);
    return { status: 'ready' };
  });
}

/** @throws {ServiceError} `shutting_down` or `not_ready` */
export function checkReady(engine: Engine, lifecycle: Lifecycle): void {
  if (lifecycle.draining) throw shuttingDown();
  if (!engine.info) throw notReady();
}
