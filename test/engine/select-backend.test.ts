import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { ServiceError } from '../../src/core/service-error.ts';
import { type BackendCandidate, backendCandidates, titleOf } from '../../src/engine/backend-candidates.ts';
import type { Engine } from '../../src/engine/engine.ts';
import { logitsBatch, referenceEvaluation } from '../helpers/engine/batches.ts';
import { startTestEngine } from '../helpers/engine/start-test-engine.ts';

const WORKER = new URL('../helpers/engine/sabotaged-worker.ts', import.meta.url).href;
const BATCH = logitsBatch([2], [1, -1], [2], [1, 0], {}, { outputs: ['loss', 'per_class'] });
const NATIVE_CUDA: BackendCandidate = { ...backendCandidates('cuda')[0]!, unavailableReason: () => undefined };
/** Not probed in a child process first, which takes a second. */
const CUDA: BackendCandidate = { ...NATIVE_CUDA, native: false };
const WASM = backendCandidates('wasm').at(-1)!;
/** As where relaxed SIMD is available. */
const RELAXED: BackendCandidate = { ...WASM, build: 'relaxed SIMD' };

function start(sabotage: string, candidates: readonly BackendCandidate[], worker = WORKER): Engine {
  process.env.SABOTAGE = sabotage;
  process.env.SABOTEUR = String(process.pid);
  const engine = startTestEngine({ engine: 'auto', threads: 2, queueLimit: 8 }, worker, [...candidates]);
  after(() => engine.close());
  return engine;
}

async function assertCorrect(engine: Engine): Promise<void> {
  const { sums } = await engine.evaluate(BATCH);
  referenceEvaluation(BATCH).sums.forEach((sum, i) => {
    assert.ok(Math.abs(sums[i]! - sum) <= 2e-6 * Math.abs(sum));
  });
}

const FAULTS: readonly { sabotage: string; reason: RegExp; candidate: BackendCandidate }[] = [
  {
    sabotage: 'is not installed',
    reason: /^no such package$/,
    candidate: { ...NATIVE_CUDA, unavailableReason: () => 'no such package' },
  },
  {
    sabotage: 'has no library',
    reason: /^libtensorflow.so.2: cannot open shared object file$/,
    candidate: NATIVE_CUDA,
  },
  { sabotage: 'has no device', reason: /^TensorFlow found no GPU that it can use$/, candidate: CUDA },
  {
    sabotage: 'is wrong',
    reason: /^self-test "[^"]+": expected a relative error of sums up to 0.000002, got 0.00\d+$/,
    candidate: CUDA,
  },
  { sabotage: 'aborts', reason: /^its process was ended by SIGABRT/, candidate: NATIVE_CUDA },
  { sabotage: 'hangs', reason: /^it did not start within 2 s$/, candidate: { ...NATIVE_CUDA, startupTimeoutMs: 2000 } },
  { sabotage: 'hangs', reason: /^it did not start within 2 s$/, candidate: { ...CUDA, startupTimeoutMs: 2000 } },
];

for (const { sabotage, reason, candidate } of FAULTS) {
  const where = candidate.native ? '' : ' in this process';
  test(`a backend that ${sabotage}${where} is skipped, with the reason`, async () => {
    const engine = start(sabotage, [candidate, WASM]);
    const { name, threads, skipped } = await engine.ready;
    assert.deepEqual([name, threads, skipped.map((backend) => backend.name)], ['wasm', 2, ['cuda']]);
    assert.match(skipped[0]!.reason, reason);
    await assertCorrect(engine);
    await engine.close();
  });
}

test('a build for relaxed SIMD that fails its self-test is skipped, with the reason; the plain one serves', async () => {
  const engine = start('is wrong', [RELAXED, WASM]);
  const { name, skipped } = await engine.ready;
  assert.deepEqual([name, skipped.map((backend) => backend.name)], ['wasm', ['wasm (relaxed SIMD)']]);
  assert.match(skipped[0]!.reason, /^self-test "[^"]+": expected a relative error/);
  await assertCorrect(engine);
});

test('all threads change to the plain build when one that is replaced fails its self-test', async () => {
  const engine = start('dies, then is wrong', [RELAXED, WASM]);
  assert.deepEqual((await engine.ready).skipped, []);
  await assert.rejects(engine.evaluate(BATCH), codeIs('engine_unavailable'));
  while (!engine.info?.skipped.length) await new Promise((resolve) => setTimeout(resolve, 50));
  assert.equal(engine.info.skipped[0]!.name, 'wasm (relaxed SIMD)');
  await assertCorrect(engine);
});

test('if the only backend is unavailable, the start fails and says why', async () => {
  await assert.rejects(start('has no library', [CUDA]).ready, /^Error: backend "cuda" is unavailable: libtensorflow/);
});

test('if no backend is available, the start fails with the reason of each', async () => {
  const unavailable = { ...WASM, unavailableReason: () => 'not today' };
  const engine = start('has no device', [CUDA, unavailable]);
  await assert.rejects(
    engine.ready,
    /"cuda" is unavailable: TensorFlow found no GPU .*; backend "wasm" is unavailable: not today/,
  );
});

test('a GPU backend serves with one thread, whatever number is configured', async () => {
  const { name, threads, skipped } = await start('nothing', [NATIVE_CUDA, WASM]).ready;
  assert.deepEqual([name, threads, skipped], ['cuda', 1, []]);
});

test('if a replaced thread fails its self-test, the engine fails over to the next backend', async () => {
  const engine = start('dies, then is wrong', [CUDA, WASM]);
  assert.equal((await engine.ready).name, 'cuda');
  await assert.rejects(engine.evaluate(BATCH), codeIs('engine_unavailable'));
  while (engine.info?.name !== 'wasm') {
    await engine
      .evaluate(BATCH)
      .then(() => assert.fail('wrong values were served'), codeIs('engine_unavailable', 'not_ready'));
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  assert.match(engine.info.skipped[0]!.reason, /^it failed while serving: self-test .* expected a relative error/);
  await assertCorrect(engine);
});

test('if there is no next backend, the engine is unavailable and says why', async () => {
  const engine = start('dies, then is wrong', [CUDA]);
  await engine.ready;
  await assert.rejects(engine.evaluate(BATCH), codeIs('engine_unavailable'));
  while (engine.info) await new Promise((resolve) => setTimeout(resolve, 50));
  await assert.rejects(engine.evaluate(BATCH), /backend "cuda" is unavailable: it failed while serving: self-test/);
});

test('a thread that needs recycling is replaced, and no batch fails', async () => {
  const engine = start('needs recycling', [CUDA]);
  await engine.ready;
  const threadOf = async () => (await engine.evaluate(BATCH)).sums[0];
  const first = await threadOf();
  while ((await threadOf()) === first) await new Promise((resolve) => setTimeout(resolve, 20));
});

test('an engine that is closed while it warms up is not ready', async () => {
  const engine = start('hangs', [NATIVE_CUDA, WASM]);
  await engine.close();
  await assert.rejects(engine.ready, /closed/);
});

test('auto tries the embedded backend last, which is always available', () => {
  const titles = backendCandidates('auto').map(titleOf);
  assert.deepEqual(
    titles.filter((title) => title !== 'wasm (relaxed SIMD)'),
    ['cuda', 'webgpu', 'wasm'],
  );
  assert.equal(WASM.unavailableReason(false), undefined);
});

function codeIs(...codes: string[]) {
  return (error: unknown) => {
    assert.ok(error instanceof ServiceError && codes.includes(error.code), String(error));
    return true;
  };
}
