import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { Worker } from 'node:worker_threads';
import { unpooled } from '../../src/core/allocator.ts';
import { MERGED_BLOCKS, type MergedSums, mergeSums } from '../../src/engine/merged-sums.ts';

const LENGTHS = [1, 31, 32, 33, 1000, 448_000];
/** So that sums are rounded. */
const partSums = (part: number, length: number) =>
  Float64Array.from({ length }, (_, i) => Math.sin(part + i) * 2 ** (i % 40));

function emptySums(length: number): MergedSums {
  return { totals: unpooled.float64(length).fill(Number.NaN), states: unpooled.int32(MERGED_BLOCKS).fill(0) };
}

test('the sums of two parts are those of both, whichever comes first', () => {
  for (const length of LENGTHS) {
    const both = [partSums(0, length), partSums(1, length)] as const;
    const expected = both[0].map((sum, i) => sum + both[1][i]!);
    for (const order of [
      [0, 1],
      [1, 0],
    ] as const) {
      const merged = emptySums(length);
      for (const part of order) assert.ok(mergeSums(merged, part, both[part], () => false));
      assert.deepEqual(merged.totals, expected);
    }
  }
});

test('two threads that merge at the same time give the same bytes as one', async () => {
  const module = new URL('../../src/engine/merged-sums.ts', import.meta.url).href;
  const code = `
    import { parentPort, workerData } from 'node:worker_threads';
    const { mergeSums } = await import(workerData.module);
    Atomics.add(workerData.ready, workerData.rounds.length, 1);
    for (let round = 0; round < workerData.rounds.length; round++) {
      Atomics.add(workerData.ready, round, 1);
      while (Atomics.load(workerData.ready, round) < 2);
      mergeSums(workerData.rounds[round], 1, workerData.sums, () => false);
    }
    parentPort.postMessage('done');`;
  const length = 20_000;
  const both = [partSums(0, length), partSums(1, length)] as const;
  const rounds = Array.from({ length: 50 }, () => emptySums(length));
  const ready = unpooled.int32(rounds.length + 1).fill(0);
  const worker = new Worker(new URL(`data:text/javascript,${encodeURIComponent(code)}`), {
    workerData: { module, rounds, sums: both[1], ready },
  });
  const done = new Promise((resolve, reject) => {
    worker.once('message', resolve);
    worker.once('error', reject);
  });
  while (Atomics.load(ready, rounds.length) === 0) await sleep(1);
  for (const [round, merged] of rounds.entries()) {
    Atomics.add(ready, round, 1);
    while (Atomics.load(ready, round) < 2);
    mergeSums(merged, 0, both[0], () => false);
  }
  await done;
  const expected = both[0].map((sum, i) => sum + both[1][i]!);
  for (const { totals } of rounds) assert.deepEqual(totals, expected);
});

test('a thread that waits for one that does not go on ends when the batch is cancelled', () => {
  const merged = emptySums(1000);
  merged.states[3] = 1; // As the other thread leaves it when it is ended.
  let calls = 0;
  assert.equal(
    mergeSums(merged, 0, partSums(0, 1000), () => ++calls > 2),
    false,
  );
});
