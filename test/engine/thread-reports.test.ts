import assert from 'node:assert/strict';
import { test } from 'node:test';
import { backendCandidates } from '../../src/engine/backend-candidates.ts';
import type { Engine } from '../../src/engine/engine.ts';
import { Gate } from '../harness/gate.ts';
import { until } from '../harness/until.ts';
import { logitsBatch } from '../helpers/engine/batches.ts';
import { closeAfterwards, failsWith } from '../helpers/engine/gated-engine.ts';
import { MIN_PARTS, USAGE } from '../helpers/engine/reporting-worker.ts';
import { startTestEngine } from '../helpers/engine/start-test-engine.ts';

// What the engine makes of the reports of its threads (test/helpers/engine/reporting-worker.ts).

const WORKER = new URL('../helpers/engine/reporting-worker.ts', import.meta.url).href;
const CANDIDATE = backendCandidates('wasm').at(-1)!;

async function start(threads: number, build?: 'SIMD'): Promise<Engine> {
  const settings = { engine: 'wasm', threads, queueLimit: 8 } as const;
  const { build: _, ...candidate } = CANDIDATE;
  const engine = closeAfterwards(startTestEngine(settings, WORKER, [{ ...candidate, ...(build && { build }) }]));
  await engine.ready;
  return engine;
}

/** Of one class, in so many parts. */
function batchOf(command: string, parts = 1) {
  const samples = parts * 2 ** 17;
  const numbers = new Float32Array(samples).fill(1);
  return logitsBatch([samples], numbers, [samples], numbers, {}, { class_names: [command], outputs: ['gradients'] });
}

test('what threads hold is that of those that run, and not of those that they replaced', async () => {
  const engine = await start(1);
  const { memoryBytes, tensors, tensorBytes } = USAGE;
  for (let restarts = 0; restarts < 3; restarts++) {
    await engine.evaluate(batchOf('none'));
    await until('the report has arrived', () => engine.stats.memoryBytes > 0);
    assert.deepEqual(engine.stats, { waiting: 0, restarts, memoryBytes, tensors, tensorBytes });
    await failsWith(engine.evaluate(batchOf('exit')), 'engine_unavailable');
    await until('the thread is replaced', () => engine.stats.restarts === restarts + 1);
    assert.equal(engine.stats.memoryBytes, 0);
  }
});

test('the time of a batch is that of the thread that took the longest', async () => {
  const engine = await start(2);
  assert.equal((await engine.evaluate(batchOf('slow-first', 2))).computeMs, 100);
});

test('of results that overflow in several parts, that of the first part is reported, whichever thread replies first', async () => {
  const engine = await start(2);
  const gate = new Gate();
  const rejected = assert.rejects(engine.evaluate(batchOf(`overflow ${gate.path}`, 2)), { message: /^\/logits\/1: / });
  await gate.noted('replied');
  gate.open();
  await rejected;
});

test('a device that needs many parts at a time gets as many in each slice', async () => {
  const parts = 16;
  for (const [build, perSlice] of [
    [undefined, 1],
    ['SIMD', MIN_PARTS],
  ] as const) {
    const engine = await start(2, build);
    await engine.evaluate(batchOf('none')); // Tells how long a part takes.
    assert.equal((await engine.evaluate(batchOf('none', parts))).sums[0], parts * perSlice);
  }
});
