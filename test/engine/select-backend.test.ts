import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { ServiceError } from '../../src/core/service-error.ts';
import { type BackendCandidate, backendCandidates } from '../../src/engine/backend-candidates.ts';
import type { Engine } from '../../src/engine/engine.ts';
import { startEngine } from '../../src/engine/engine-pool.ts';
import { logitsBatch, referenceEvaluation } from '../helpers/engine/batches.ts';

const WORKER = new URL('../helpers/engine/sabotaged-worker.ts', import.meta.url).href;
const BATCH = logitsBatch([2], [1, -1], [2], [1, 0], {}, { outputs: ['loss', 'per_class'] });
const NATIVE_CUDA: BackendCandidate = { ...backendCandidates('cuda')[0]!, unavailableReason: () => undefined };
/** Not tried in a process of its own first, which takes a second. */
const CUDA: BackendCandidate = { ...NATIVE_CUDA, native: false };
const WASM = backendCandidates('wasm')[0]!;

function start(sabotage: string, steps: readonly BackendCandidate[], worker = WORKER): Engine {
  process.env.SABOTAGE = sabotage;
  process.env.SABOTEUR = String(process.pid);
  const engine = startEngine({ engine: 'auto', threads: 2, queueLimit: 8 }, worker, [...steps]);
  after(() => engine.close());
  return engine;
}

async function assertRight(engine: Engine): Promise<void> {
  const { sums } = await engine.evaluate(BATCH);
  referenceEvaluation(BATCH).sums.forEach((sum, i) => {
    assert.ok(Math.abs(sums[i]! - sum) <= 2e-6 * Math.abs(sum));
  });
}

const FAULTS: readonly { sabotage: string; reason: RegExp; step: BackendCandidate }[] = [
  {
    sabotage: 'is not installed',
    reason: /^no such package$/,
    step: { ...NATIVE_CUDA, unavailableReason: () => 'no such package' },
  },
  { sabotage: 'has no library', reason: /^libtensorflow.so.2: cannot open shared object file$/, step: NATIVE_CUDA },
  { sabotage: 'has no device', reason: /^TensorFlow found no GPU that it can use$/, step: CUDA },
  { sabotage: 'is wrong', reason: /^self-test "[^"]+": sums is off by 0.00\d+ \(allowed 0.000002\)$/, step: CUDA },
  { sabotage: 'aborts', reason: /^its process was ended by SIGABRT/, step: NATIVE_CUDA },
  { sabotage: 'hangs', reason: /^it was not ready within 2 s$/, step: { ...NATIVE_CUDA, startupTimeoutMs: 2000 } },
  { sabotage: 'hangs', reason: /^it was not ready within 2 s$/, step: { ...CUDA, startupTimeoutMs: 2000 } },
];

for (const { sabotage, reason, step } of FAULTS) {
  const where = step.native ? '' : ' in this process';
  test(`a backend that ${sabotage}${where} is passed over with its reason`, async () => {
    const engine = start(sabotage, [step, WASM]);
    const { name, threads, skipped } = await engine.ready;
    assert.deepEqual([name, threads, skipped.map((over) => over.name)], ['wasm', 2, ['cuda']]);
    assert.match(skipped[0]!.reason, reason);
    await assertRight(engine);
    await engine.close();
  });
}

test('where there is no other backend, the reason stops the start', async () => {
  await assert.rejects(start('has no library', [CUDA]).ready, /^Error: engine "cuda" can't be had: libtensorflow/);
});

test('where none can be had, each reason is told', async () => {
  const absent = { ...WASM, unavailableReason: () => 'not today' };
  const engine = start('has no device', [CUDA, absent]);
  await assert.rejects(engine.ready, /"cuda" can't be had: TensorFlow found no GPU .*; engine "wasm" .*: not today/);
});

test('a backend in order serves on one thread, however many there should be', async () => {
  const { name, threads, skipped } = await start('nothing', [NATIVE_CUDA, WASM]).ready;
  assert.deepEqual([name, threads, skipped], ['cuda', 1, []]);
});

test('a backend whose thread dies and whose replacement is wrong gives way to the next', async () => {
  const engine = start('dies, then is wrong', [CUDA, WASM]);
  assert.equal((await engine.ready).name, 'cuda');
  await assert.rejects(engine.evaluate(BATCH), codeIs('engine_unavailable'));
  while (engine.info?.name !== 'wasm') {
    await engine
      .evaluate(BATCH)
      .then(() => assert.fail('wrong numbers were served'), codeIs('engine_unavailable', 'not_ready'));
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  assert.match(engine.info.skipped[0]!.reason, /^it was lost while serving: self-test .* off by/);
  await assertRight(engine);
});

test('without a next one it is lost, and says why', async () => {
  const engine = start('dies, then is wrong', [CUDA]);
  await engine.ready;
  await assert.rejects(engine.evaluate(BATCH), codeIs('engine_unavailable'));
  while (engine.info) await new Promise((resolve) => setTimeout(resolve, 50));
  await assert.rejects(engine.evaluate(BATCH), /engine "cuda": it was lost while serving: self-test .* is off by/);
});

test('a thread that is needsRecycling is replaced, and no batch fails', async () => {
  const engine = start('is needsRecycling', [CUDA]);
  await engine.ready;
  const threadOf = async () => (await engine.evaluate(BATCH)).sums[0];
  const first = await threadOf();
  while ((await threadOf()) === first) await new Promise((resolve) => setTimeout(resolve, 20));
});

test('an engine that is closed while it warms is not had', async () => {
  const engine = start('hangs', [NATIVE_CUDA, WASM]);
  await engine.close();
  await assert.rejects(engine.ready, /closed/);
});

test('auto climbs down to the embedded backend, which is always there', () => {
  assert.deepEqual(
    backendCandidates('auto').map(({ name }) => name),
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
