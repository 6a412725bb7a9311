import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Registry } from 'prom-client';
import type { EngineInfo } from '../../src/engine/engine.ts';
import { registerEngineMetrics } from '../../src/telemetry/engine-metrics.ts';
import { unreadyEngine } from '../harness/unready-engine.ts';

const STATS = { waiting: 1, restarts: 2, memoryBytes: 3, tensors: 4, tensorBytes: 5 };

async function valuesOf(info?: EngineInfo): Promise<Record<string, number>> {
  const registry = new Registry();
  registerEngineMetrics(registry, {
    engine: { ...unreadyEngine, info, stats: STATS },
    codec: { restarts: 6 },
    regions: () => ({ count: 7, openCount: 8, abandoned: 9 }),
    memory: () => ({ inUse: 10, free: 11 }),
    limits: { queueLimit: 12, memoryBudgetBytes: 13 },
  });
  const text = await registry.metrics();
  await registry.metrics(); // Counters are read, and do not add up.
  assert.equal(await registry.metrics(), text);
  const samples = [...text.matchAll(/^focal_loss_(\w+)(?:\{.*\})? (\d+)$/gm)];
  return Object.fromEntries(samples.map(([, name, value]) => [name!, Number(value)]));
}

test('each metric is read from its own source, every time', async () => {
  assert.deepEqual(await valuesOf({ threads: 14, name: 'wasm' } as EngineInfo), {
    queue_depth: 1,
    engine_thread_restarts_total: 2,
    engine_memory_bytes: 3,
    engine_tensors: 4,
    engine_tensor_bytes: 5,
    codec_thread_restarts_total: 6,
    regions: 7,
    regions_open: 8,
    regions_abandoned_total: 9,
    memory_in_use_bytes: 10,
    memory_free_bytes: 11,
    queue_limit: 12,
    memory_budget_bytes: 13,
    engine_threads: 14,
    engine_ready: 1,
    build_info: 1,
  });
});

test('an engine that is not ready has no threads', async () => {
  const { engine_ready, engine_threads, build_info } = await valuesOf();
  assert.deepEqual({ engine_ready, engine_threads, build_info }, { engine_ready: 0, engine_threads: 0, build_info: 1 });
});
