import assert from 'node:assert/strict';
import { EventEmitter } from 'node:events';
import { test } from 'node:test';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { Registry } from 'prom-client';
import { RequestMetrics } from '../../src/telemetry/request-metrics.ts';

test('requests that have ended are counted some at a time, also if nobody reads the metrics', async () => {
  const registry = new Registry();
  const metrics = new RequestMetrics(registry);
  const request = { method: 'GET', routeOptions: { url: '/health/live', config: {} } } as FastifyRequest;
  for (let i = 0; i < 1000; i++) {
    const raw = Object.assign(new EventEmitter(), { writableFinished: true, statusCode: 200 });
    metrics.track(request, { raw, elapsedTime: 1, getHeader: () => 'text/plain' } as unknown as FastifyReply);
    raw.emit('close');
  }
  // Read on its own, a metric has what has been counted by now.
  const { values } = await registry.getSingleMetric('focal_loss_http_requests_total')!.get();
  assert.ok(values[0]!.value > 900 && values[0]!.value <= 1000, `${values[0]?.value}`);
});
