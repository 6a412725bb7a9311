import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { Registry } from 'prom-client';
import { registerHttpThreadMetrics } from '../../src/telemetry/http-thread-metrics.ts';

const registry = new Registry();
registerHttpThreadMetrics(registry);

async function busySeconds(): Promise<number> {
  const metric = await registry.getSingleMetric('focal_loss_http_thread_busy_seconds_total')!.get();
  return metric.values[0]!.value;
}

test('time counts in which the thread works, and none in which it waits', async () => {
  await sleep(1);
  const start = await busySeconds();
  await sleep(300);
  const waited = (await busySeconds()) - start;
  const end = performance.now() + 300;
  while (performance.now() < end);
  await sleep(1);
  const worked = (await busySeconds()) - start - waited;
  assert.ok(waited < 0.15, `${waited} s of 0.3 s`);
  assert.ok(worked >= 0.29 && worked < 0.45, `${worked} s of 0.3 s`);
});
