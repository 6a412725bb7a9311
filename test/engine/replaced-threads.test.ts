import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ServiceError } from '../../src/core/service-error.ts';
import { type BackendCandidate, backendCandidates } from '../../src/engine/backend-candidates.ts';
import type { Engine } from '../../src/engine/engine.ts';
import { startEngine } from '../../src/engine/engine-pool.ts';
import { Gate } from '../harness/gate.ts';
import { until } from '../harness/until.ts';
import { logitsBatch } from '../helpers/engine/batches.ts';
import { closedAfterwards, GATED_WORKER } from '../helpers/engine/gated-engine.ts';

// Threads that are replaced while batches run and wait: because they should be, because they died, or because the next
// backend takes over. gated-worker.ts is what they run.

const FIRST: BackendCandidate = { ...backendCandidates('cuda')[0]!, missing: () => undefined, native: false };
const SECOND = backendCandidates('wasm')[0]!;

/** An engine with one thread. */
async function start(steps: BackendCandidate[]): Promise<Engine> {
  delete process.env.GATED_START_FAILS;
  const settings = { engine: 'auto', threads: 1, queueLimit: 1000, hangTimeoutMs: 30_000 } as const;
  const engine = closedAfterwards(startEngine(settings, GATED_WORKER, steps));
  await engine.ready;
  return engine;
}

/** From now on. */
function failStartsOf({ name }: BackendCandidate): Gate {
  const gate = new Gate();
  process.env.GATED_START_FAILS = `${name} ${gate.path}`;
  return gate;
}

const batchOf = (command: string) => logitsBatch([1], [1], [1], [1], {}, { class_names: [command] });

async function threadOf(engine: Engine, command = 'none'): Promise<number> {
  return (await engine.evaluate(batchOf(command))).sums[0]!;
}

async function failsWith(promise: Promise<unknown>, ...codes: string[]): Promise<void> {
  await assert.rejects(promise, (error) => error instanceof ServiceError && codes.includes(error.code));
}

test('a thread that asks to be replaced is, once its successor is ready, and finishes what waits for it', async () => {
  const engine = await start([SECOND]);
  const gate = new Gate();
  const asked = threadOf(engine, 'needsRecycling');
  const behind = threadOf(engine, `late ${gate.path}`);
  const waiting = threadOf(engine);
  const first = await asked;
  await gate.noted('begun');
  // Each may be the last one that waits for the old thread.
  const others: Promise<number>[] = [];
  let successor: number | undefined;
  await until('a successor serves', () => {
    others.push(threadOf(engine));
    void others.at(-1)?.then((thread) => {
      successor = thread;
    });
    return successor !== undefined;
  });
  assert.notEqual(successor, first);
  gate.open();
  await Promise.all(others);
  assert.deepEqual([await behind, await waiting], [first, first]);
  assert.equal(engine.stats.restarts, 0); // No thread ended before its time.
});

test('threads that ask again while they are being replaced are replaced once', async () => {
  const engine = await start([SECOND]);
  const first = await threadOf(engine);
  const asking = await Promise.all([1, 2, 3, 4].map(() => threadOf(engine, 'needsRecycling')));
  assert.deepEqual(new Set(asking), new Set([first]));
  await until('a successor serves', async () => (await threadOf(engine)) !== first);
  const next = await threadOf(engine);
  // Longer than another replacement would take.
  for (let i = 0; i < 75; i++) {
    await new Promise((resolve) => setTimeout(resolve, 20));
    assert.equal(await threadOf(engine), next);
  }
});

test('a thread that asks to be replaced goes on where there can be no successor, and asks again', async () => {
  const engine = await start([SECOND]);
  const first = await threadOf(engine);
  const starts = failStartsOf(SECOND);
  for (let i = 0; i < 3; i++) {
    assert.equal(await threadOf(engine, 'needsRecycling'), first);
    await starts.noted('failed');
  }
  assert.equal(await threadOf(engine), first);
  delete process.env.GATED_START_FAILS;
  await until('a successor serves', async () => (await threadOf(engine, 'needsRecycling')) !== first);
  assert.equal(engine.info?.name, SECOND.name);
});

test('a thread that died is replaced and counted, batch by batch', async () => {
  const engine = await start([SECOND]);
  for (let restarts = 0; restarts < 3; restarts++) {
    assert.equal(engine.stats.restarts, restarts);
    await failsWith(engine.evaluate(batchOf('exit')), 'engine_unavailable');
    await until('it is counted', () => engine.stats.restarts === restarts + 1);
    await threadOf(engine);
  }
});

test('restarts of threads that have been replaced by successors still count', async () => {
  const engine = await start([SECOND]);
  await failsWith(engine.evaluate(batchOf('exit')), 'engine_unavailable');
  const second = await threadOf(engine, 'needsRecycling');
  await until('a successor serves', async () => (await threadOf(engine)) !== second);
  assert.equal(engine.stats.restarts, 1);
});

test('where a thread that died can not be replaced, the next backend serves, and says why', async () => {
  const engine = await start([FIRST, SECOND]);
  assert.equal(engine.info?.name, FIRST.name);
  await threadOf(engine);
  failStartsOf(FIRST);
  const waiting = [engine.evaluate(batchOf('exit')), engine.evaluate(batchOf('none'))];
  for (const batch of waiting) await failsWith(batch, 'engine_unavailable');
  await until('the next one serves', () => engine.info?.name === SECOND.name);
  assert.deepEqual(
    engine.info?.passedOver.map(({ name, reason }) => [name, /while serving.*planted/s.test(reason)]),
    [[FIRST.name, true]],
  );
  await threadOf(engine);
  assert.equal(engine.full, false);
});

test('an engine that is closed while threads are replaced finishes what it accepted', async () => {
  const engine = await start([SECOND]);
  const gate = new Gate();
  const asked = threadOf(engine, 'needsRecycling');
  const held = threadOf(engine, `late ${gate.path}`);
  const first = await asked;
  const closed = engine.close();
  await failsWith(engine.evaluate(batchOf('none')), 'shutting_down');
  gate.open();
  assert.equal(await held, first);
  await closed;
});
