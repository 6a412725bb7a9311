import type { FastifyInstance } from 'fastify';
import { collectDefaultMetrics, type Registry } from 'prom-client';
import { registerHttpThreadMetrics } from '../../telemetry/http-thread-metrics.ts';
import { problemResponses, textResponse } from '../openapi/response-descriptions.ts';

const EXAMPLE = `# HELP focal_loss_elements_total Elements evaluated, by the backend that evaluated them.
# TYPE focal_loss_elements_total counter
focal_loss_elements_total{engine="wasm"} 16416
`;

const operation = {
  operationId: 'getMetrics',
  summary: 'Counters and gauges for Prometheus',
  description: 'In the text exposition format, version 0.0.4. docs/reference/metrics.md explains each metric.',
  tags: ['operation'],
  response: {
    200: textResponse('The current values.', 'One metric', EXAMPLE),
    ...problemResponses('unauthorized', 'internal'),
  },
};

/** `GET /metrics`: the metrics in the registry, and prom-client's default metrics of the process. */
export function registerMetrics(app: FastifyInstance, registry: Registry): void {
  collectDefaultMetrics({ register: registry });
  registerHttpThreadMetrics(registry);
  let next: Promise<string> | undefined;
  /** Collecting takes milliseconds, so that requests which arrive together share it. */
  const collect = () => {
    next ??= new Promise<void>((resolve) => setImmediate(resolve)).then(() => {
      next = undefined;
      return registry.metrics();
    });
    return next;
  };
  app.get('/metrics', { schema: operation }, async (_request, reply) => {
    reply.type(registry.contentType);
    return collect();
  });
}
