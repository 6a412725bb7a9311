import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { Cancellation } from '../../src/core/cancellation.ts';
import { type BackendCandidate, backendCandidates } from '../../src/engine/backend-candidates.ts';
import type { Engine } from '../../src/engine/engine.ts';
import { type StartInlineBackend, startInlineBackend } from '../../src/engine/inline-evaluation.ts';
import { Gate } from '../harness/gate.ts';
import { until } from '../harness/until.ts';
import { logitsBatch } from '../helpers/engine/batches.ts';
import { closeAfterwards, failsWith, GATED_WORKER } from '../helpers/engine/gated-engine.ts';
import { startTestEngine } from '../helpers/engine/start-test-engine.ts';

// In threads that a test can hold, each of the sums is the id of its thread, which is no sum of these batches.

const SETTINGS = { engine: 'wasm', threads: 1, queueLimit: 1 } as const;
const WASM = backendCandidates('wasm').at(-1)!;

const batchOf = (samples: number, className = 'none') => {
  const zeros = new Float32Array(samples);
  return logitsBatch([samples], zeros, [samples], zeros, {}, { class_names: [className], outputs: ['loss'] });
};
const SMALL = batchOf(3);
const LARGE = 5000;

async function start(startInline: StartInlineBackend = startInlineBackend): Promise<Engine> {
  const engine = closeAfterwards(startTestEngine(SETTINGS, GATED_WORKER, [WASM], startInline));
  await engine.ready;
  return engine;
}

async function evaluatesHere(engine: Engine): Promise<boolean> {
  const { sums } = await engine.evaluate(SMALL);
  return sums.some((sum) => !Number.isInteger(sum));
}

test('a small batch does not wait for threads, and a larger one does', async () => {
  const engine = await start();
  assert.equal(engine.info!.inline.maxElements, 4096);
  assert.ok(engine.stats.memoryBytes > 2 ** 20, 'that of its kernels counts, and these threads have none');
  const gate = new Gate();
  const held = engine.evaluate(batchOf(LARGE, `hold ${gate.path}`));
  await gate.noted('begun');
  assert.ok(await evaluatesHere(engine));
  gate.open();
  assert.ok(Number.isInteger((await held).sums[0]));
});

test('it counts towards the queue limit, and ends with its deadline and the shutdown', async () => {
  const engine = await start();
  const places = [engine.enterQueue(), engine.enterQueue()];
  await failsWith(engine.evaluate(SMALL), 'queue_full');
  const cancellation = new Cancellation();
  cancellation.abort();
  await failsWith(engine.evaluate(SMALL, { place: places[0]!, cancellation }), 'deadline_exceeded');
  for (const place of places) place.leave();
  assert.ok(await evaluatesHere(engine));
  await engine.close();
  await failsWith(engine.evaluate(SMALL), 'shutting_down');
});

test('wrong input is reported as by a thread, and changes nothing', async () => {
  const engine = await start();
  const options = { outputs: ['loss', 'gradients'], gradients_dtype: 'F16', normalizer: 1e-9 };
  const notFinite = logitsBatch([2], [1, Number.NaN], [2], [0, 1], {}, options);
  await assert.rejects(engine.evaluate(notFinite), /\/logits\/1: expected .*, got NaN/);
  const overflowing = logitsBatch([2], [1, 1], [2], [0, 1], {}, options);
  await assert.rejects(engine.evaluate(overflowing), /\/logits\/0: expected input whose gradients fit a float16/);
  assert.ok(await evaluatesHere(engine));
});

test('after a failure threads evaluate its batch and all others, and the engine says why', async () => {
  let calls = 0;
  const engine = await start(async () => ({
    usage: { memoryBytes: 0, tensors: 0, tensorBytes: 0 },
    evaluate() {
      calls += 1;
      throw new Error('unreachable executed');
    },
  }));
  assert.equal(engine.info!.inline.unavailableReason, undefined);
  for (let i = 0; i < 2; i++) assert.equal(await evaluatesHere(engine), false);
  assert.equal(calls, 1);
  const { maxElements, unavailableReason } = engine.info!.inline;
  assert.deepEqual([maxElements, unavailableReason], [0, 'it failed while serving: unreachable executed']);
});

test('if it fails the self-test, threads evaluate all batches, and the engine says why', async () => {
  const engine = await start(() => Promise.reject(new Error('self-test "values": expected …')));
  assert.equal(await evaluatesHere(engine), false);
  const { maxElements, unavailableReason } = engine.info!.inline;
  assert.deepEqual([maxElements, unavailableReason], [0, 'self-test "values": expected …']);
});

test('it follows the engine from backend to backend', async () => {
  process.env.SABOTAGE = 'dies, then is wrong';
  const cuda: BackendCandidate = {
    ...backendCandidates('cuda')[0]!,
    unavailableReason: () => undefined,
    native: false,
  };
  const builds: unknown[] = [];
  const worker = new URL('../helpers/engine/sabotaged-worker.ts', import.meta.url).href;
  const engine = startTestEngine(SETTINGS, worker, [cuda, WASM], (build) => {
    builds.push(build);
    return startInlineBackend(build);
  });
  after(() => engine.close());
  const { inline } = await engine.ready;
  assert.deepEqual([inline.maxElements, inline.unavailableReason], [0, 'the threads of "cuda" evaluate all batches']);
  assert.deepEqual(builds, []);
  await failsWith(engine.evaluate(SMALL), 'engine_unavailable');
  await until('the next backend serves', () => engine.info?.name === 'wasm');
  assert.deepEqual(builds, [WASM.build]);
  assert.equal(engine.info!.inline.maxElements, 4096);
  assert.ok(await evaluatesHere(engine));
});
