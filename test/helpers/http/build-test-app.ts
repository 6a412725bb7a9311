import assert from 'node:assert/strict';
import type { FastifyInstance } from 'fastify';
import { Registry } from 'prom-client';
import { type AppDependencies, buildApp } from '../../../src/app.ts';
import { mustBeClosed, nothingLeft } from '../nothing-left.ts';

const GAUGES = {
  memory: 'focal_loss_memory_in_use_bytes',
  inFlight: 'focal_loss_http_requests_in_flight',
  registered: 'focal_loss_regions',
  open: 'focal_loss_regions_open',
};

/**
 * As `buildApp`. After every test no request must be in flight, use memory or hold a region, and at the end of the file the app
 * must be closed.
 */
export async function buildTestApp(dependencies: AppDependencies): Promise<FastifyInstance> {
  const registry = new Registry();
  const app = await buildApp({ ...dependencies, registry });
  const gauge = async (name: string) => (await registry.getSingleMetric(name)!.get()).values[0]!.value;
  const ends = [
    nothingLeft('no request is in flight', async () => (await gauge(GAUGES.inFlight)) === 0),
    nothingLeft('no memory is in use', async () => (await gauge(GAUGES.memory)) === 0),
    nothingLeft('no request holds a region', async () => {
      const [registered, open] = await Promise.all([gauge(GAUGES.registered), gauge(GAUGES.open)]);
      return registered === open;
    }),
    mustBeClosed('a service'),
  ];
  app.addHook('onClose', async () => {
    for (const end of ends) end();
  });
  const close = app.close.bind(app);
  app.close = (async () => {
    await close();
    assert.equal(await gauge(GAUGES.open), 0, 'regions of a service that is closed');
  }) as typeof app.close;
  return app;
}
