import assert from 'node:assert/strict';
import { test } from 'node:test';
import { unpooled } from '../../src/core/allocator.ts';
import { backendCandidates } from '../../src/engine/backend-candidates.ts';
import { type StartInlineBackend, startInlineBackend } from '../../src/engine/inline-evaluation.ts';
import { InlineLimit } from '../../src/engine/inline-limit.ts';
import type { Batch, LoadedBatch } from '../../src/loss/batch.ts';
import { allocateResults, viewTotals } from '../../src/loss/evaluation.ts';
import { logitsBatch } from '../helpers/engine/batches.ts';
import { extremeBatches, optionBatches } from '../helpers/engine/conformance-batches.ts';
import { closeAfterwards } from '../helpers/engine/gated-engine.ts';
import { batchOfRequest } from '../helpers/engine/request-batches.ts';
import { startTestEngine } from '../helpers/engine/start-test-engine.ts';
import { goldenCases } from '../helpers/golden.ts';

const CANDIDATES = backendCandidates('wasm').slice(0, 1);
const none: StartInlineBackend = () => Promise.reject(new Error('not in this test'));
const settings = { engine: 'wasm', threads: 1, queueLimit: 8 } as const;
const engine = closeAfterwards(startTestEngine(settings, undefined, CANDIDATES, none));
await engine.ready;
const backend = await startInlineBackend(CANDIDATES[0]!.build);

const ALL = ['loss', 'gradients', 'per_class', 'elementwise', 'hessian', 'difficulty'] as const;

async function expectSameBytes(name: string, given: Batch): Promise<void> {
  const batch = { ...(given as LoadedBatch), gradientSquares: false };
  const { arrays: expectedArrays, sums, bins } = await engine.evaluate(batch);
  const arrays = allocateResults(batch, unpooled);
  const { sums: totals } = backend.evaluate(batch, arrays);
  assert.deepEqual(arrays, expectedArrays, name);
  assert.deepEqual(viewTotals(totals, batch), { sums, ...(bins && { bins }) }, name);
}

test('golden requests have the same bytes as from a thread', async () => {
  for (const { name, request } of goldenCases) {
    for (const outputs of [ALL.slice(0, 3), ALL.slice(0, 5), ALL]) {
      await expectSameBytes(name, batchOfRequest(request as Readonly<Record<string, unknown>>, outputs));
    }
  }
});

test('all layouts, labels and options have the same bytes as from a thread', async () => {
  for (const { name, batch } of optionBatches()) await expectSameBytes(name, batch);
});

test('gradients in 16 bits have the same bytes as from a thread', async () => {
  for (const gradients_dtype of ['F16', 'BF16']) {
    const batch = logitsBatch(
      [3, 3],
      [1, -2, 3, 0, 5, 6, -7, 8, 9],
      [3],
      [0, 2, 1],
      {},
      { gradients_dtype, outputs: ALL },
    );
    await expectSameBytes(gradients_dtype, batch);
  }
});

test('no batch that is evaluated in the calling thread holds it for a millisecond', async () => {
  const hostile = hostileBatches();
  for (const { name, batch } of [...extremeBatches(2 ** -149), ...hostile]) {
    const given = { ...(batch as LoadedBatch), gradientSquares: false };
    if (!new InlineLimit().allows(given)) continue;
    const arrays = allocateResults(given, unpooled);
    const ms = fastest(() => backend.evaluate(given, arrays));
    assert.ok(ms < 1, `${name}: ${ms} ms`);
  }
});

/** Of as many runs as it takes to be fast: other load on the machine does not count, nor the compilation of the first. */
function fastest(work: () => void): number {
  let best = Number.POSITIVE_INFINITY;
  for (let run = 0; run < 200 && best >= 1; run++) {
    const start = performance.now();
    work();
    best = Math.min(best, performance.now() - start);
  }
  return best;
}

function* hostileBatches() {
  for (const [samples, classes] of [
    [2048, 2],
    [4096, 1],
    [512, 8],
    [64, 64],
    [2, 1024],
    [1, 2048],
  ] as const) {
    for (const scale of [4, 300, 3e38]) {
      const shape = [samples, classes];
      const logits = Float32Array.from({ length: samples * classes }, (_, i) => Math.sin(i * 1.7) * scale);
      const soft = logits.map((_, i) => ((i * 37) % 101) / 100);
      for (const activation of classes > 1 ? (['sigmoid', 'softmax'] as const) : (['sigmoid'] as const)) {
        const options = { activation, outputs: ALL, reduction: 'sum' };
        const name = `${activation}, [${shape}], ${scale}`;
        yield { name: `${name}, soft`, batch: logitsBatch(shape, logits, shape, soft, { gamma: 0.7 }, options) };
        yield {
          name,
          batch: logitsBatch(shape, logits, [samples], new Float32Array(samples), { gamma: 1.5 }, options),
        };
      }
    }
  }
}
