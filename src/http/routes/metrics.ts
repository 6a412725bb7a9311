import type { FastifyInstance } from 'fastify';
import { collectDefaultMetrics, type Registry } from 'prom-client';
import { problems, textAnswer } from '../openapi/operation.ts';

const EXAMPLE = `# HELP focal_loss_elements_total Elements evaluated, by the engine backend that did it.
# TYPE focal_loss_elements_total counter
focal_loss_elements_total{engine="wasm"} 16416
`;

const operation = {
  operationId: 'getMetrics',
  summary: 'Counters and gauges for Prometheus',
  description: 'In the text exposition format, version 0.0.4. docs/reference/metrics.md explains each of them.',
  tags: ['operation'],
  response: { 200: textAnswer('As of now.', 'One of them', EXAMPLE), ...problems('internal') },
};

/** `GET /metrics`: all that is in the registry, and what Node tells of its process. */
export function registerMetrics(app: FastifyInstance, registry: Registry): void {
  collectDefaultMetrics({ register: registry });
  app.get('/metrics', { schema: operation }, async (_request, reply) => {
    reply.type(registry.contentType);
    return registry.metrics();
  });
}
