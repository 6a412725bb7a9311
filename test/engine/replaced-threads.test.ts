import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { Cancellation } from '../../src/core/cancellation.ts';
import { type BackendCandidate, backendCandidates } from '../../src/engine/backend-candidates.ts';
import type { Engine } from '../../src/engine/engine.ts';
import { Gate } from '../harness/gate.ts';
import { until } from '../harness/until.ts';
import { logitsBatch } from '../helpers/engine/batches.ts';
import { closeAfterwards, failsWith, GATED_WORKER } from '../helpers/engine/gated-engine.ts';
import { startTestEngine } from '../helpers/engine/start-test-engine.ts';

// Threads are replaced while batches run and wait: when they need recycling, when they die, and in a failover.

const FIRST: BackendCandidate = { ...backendCandidates('cuda')[0]!, unavailableReason: () => undefined, native: false };
const SECOND = backendCandidates('wasm')[0]!;

/** Starts an engine with one thread. */
async function start(candidates: BackendCandidate[]): Promise<Engine> {
  delete process.env.GATED_START_FAILS;
  const settings = { engine: 'auto', threads: 1, queueLimit: 1000, hangTimeoutMs: 30_000 } as const;
  const engine = closeAfterwards(startTestEngine(settings, GATED_WORKER, candidates));
  await engine.ready;
  return engine;
}

/** Makes threads of this backend that start from now on fail. */
function failStartsOf({ name }: BackendCandidate): Gate {
  const gate = new Gate();
  process.env.GATED_START_FAILS = `${name} ${gate.path}`;
  return gate;
}

const batchOf = (command: string) => logitsBatch([1], [1], [1], [1], {}, { class_names: [command] });

/** The id of the thread that evaluates a batch. */
async function threadOf(engine: Engine, command = 'none'): Promise<number> {
  return (await engine.evaluate(batchOf(command))).sums[0]!;
}

/** Whether a thread that is not this one evaluates a batch; it does not wait for one. */
async function servesAtOnce(engine: Engine, thread: number): Promise<boolean> {
  const cancellation = new Cancellation();
  const timer = setTimeout(() => cancellation.abort(), 100);
  const evaluation = engine.evaluate(batchOf('none'), { cancellation }).catch(() => undefined);
  const sums = (await evaluation)?.sums;
  clearTimeout(timer);
  return sums !== undefined && sums[0] !== thread;
}

function untilReplaced(engine: Engine, thread: number): Promise<void> {
  return until('a new thread serves', async () => (await threadOf(engine)) !== thread);
}

test('a thread that needs recycling serves until its replacement is ready, and finishes its batches', async () => {
  const engine = await start([SECOND]);
  const gate = new Gate();
  const recycled = threadOf(engine, 'needsRecycling');
  const running = threadOf(engine, `late ${gate.path}`);
  const waiting = threadOf(engine);
  const first = await recycled;
  await gate.noted('begun');
  // Any of these may be the last batch of the old thread.
  const others: Promise<number>[] = [];
  let replacement: number | undefined;
  await until('the replacement serves', () => {
    others.push(threadOf(engine));
    void others.at(-1)?.then((thread) => {
      replacement = thread;
    });
    return replacement !== undefined;
  });
  assert.notEqual(replacement, first);
  gate.open();
  await Promise.all(others);
  assert.deepEqual([await running, await waiting], [first, first]);
  assert.equal(engine.stats.restarts, 0); // Recycling is not a restart.
});

test('a thread that reports several times that it needs recycling is replaced once', async () => {
  const engine = await start([SECOND]);
  const first = await threadOf(engine);
  const reports = await Promise.all([1, 2, 3, 4].map(() => threadOf(engine, 'needsRecycling')));
  assert.deepEqual(new Set(reports), new Set([first]));
  await untilReplaced(engine, first);
  const second = await threadOf(engine);
  // This takes longer than another replacement would.
  for (let i = 0; i < 75; i++) {
    await new Promise((resolve) => setTimeout(resolve, 20));
    assert.equal(await threadOf(engine), second);
  }
});

test('a thread that needs recycling goes on if no replacement starts, and the next report tries again', async () => {
  const engine = await start([SECOND]);
  const first = await threadOf(engine);
  const starts = failStartsOf(SECOND);
  for (let i = 0; i < 3; i++) {
    assert.equal(await threadOf(engine, 'needsRecycling'), first);
    await starts.noted('failed');
  }
  assert.equal(await threadOf(engine), first);
  delete process.env.GATED_START_FAILS;
  await until('a new thread serves', async () => (await threadOf(engine, 'needsRecycling')) !== first);
  assert.equal(engine.info?.name, SECOND.name);
});

test('when a thread dies, only its own batch fails, and it is replaced and counted', async () => {
  const engine = await start([SECOND]);
  for (let restarts = 0; restarts < 3; restarts++) {
    assert.equal(engine.stats.restarts, restarts);
    const lost = failsWith(engine.evaluate(batchOf('exit')), 'engine_unavailable');
    const waiting = threadOf(engine);
    await Promise.all([lost, waiting]);
    await until('the restart is counted', () => engine.stats.restarts === restarts + 1);
  }
});

test('restarts before a recycling still count after it', async () => {
  const engine = await start([SECOND]);
  await failsWith(engine.evaluate(batchOf('exit')), 'engine_unavailable');
  await untilReplaced(engine, await threadOf(engine, 'needsRecycling'));
  assert.equal(engine.stats.restarts, 1);
});

test('if a thread that died cannot be replaced, the next backend serves, and the engine says why', async () => {
  const engine = await start([FIRST, SECOND]);
  assert.equal(engine.info?.name, FIRST.name);
  await failsWith(engine.evaluate(batchOf('exit')), 'engine_unavailable');
  await threadOf(engine);
  await until('the first restart is counted', () => engine.stats.restarts === 1);
  failStartsOf(FIRST);
  const batches = [engine.evaluate(batchOf('exit')), engine.evaluate(batchOf('none'))];
  for (const batch of batches) await failsWith(batch, 'engine_unavailable');
  await until('the next backend serves', () => engine.info?.name === SECOND.name);
  assert.equal(engine.stats.restarts, 1, 'those of the lost backend count');
  assert.deepEqual(
    engine.info?.skipped.map(({ name, reason }) => [name, /while serving.*planted/s.test(reason)]),
    [[FIRST.name, true]],
  );
  await threadOf(engine);
  assert.equal(engine.stats.waiting, 0);
});

test('closing waits for a replaced thread that still works for a cancelled batch', async () => {
  const engine = await start([SECOND]);
  const gate = new Gate();
  const cancellation = new Cancellation();
  const recycled = threadOf(engine, 'needsRecycling');
  const held = failsWith(engine.evaluate(batchOf(`late ${gate.path}`), { cancellation }), 'deadline_exceeded');
  const first = await recycled;
  await gate.noted('begun');
  cancellation.abort();
  await held;
  await until('the replacement serves', () => servesAtOnce(engine, first));
  let isClosed = false;
  const closed = engine.close().then(() => {
    isClosed = true;
  });
  await sleep(200);
  assert.equal(isClosed, false);
  gate.open();
  await closed;
});

test('an engine that is closed while its thread is recycled finishes the accepted batches', async () => {
  const engine = await start([SECOND]);
  const gate = new Gate();
  const recycled = threadOf(engine, 'needsRecycling');
  const held = threadOf(engine, `late ${gate.path}`);
  const first = await recycled;
  const closed = engine.close();
  await failsWith(engine.evaluate(batchOf('none')), 'shutting_down');
  gate.open();
  assert.equal(await held, first);
  await closed;
});
