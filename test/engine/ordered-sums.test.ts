import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { Worker } from 'node:worker_threads';
import { unpooled } from '../../src/core/allocator.ts';
import { addInOrder, countStates, type OrderedSums } from '../../src/engine/ordered-sums.ts';

/** So that their order changes how they are rounded. */
const partSums = (part: number, length: number) =>
  Float64Array.from({ length }, (_, i) => Math.sin(part + i) * 2 ** ((7 * part + i) % 40));

function emptySums(parts: number, length: number): OrderedSums {
  return {
    totals: unpooled.float64(length).fill(Number.NaN),
    partSums: unpooled.float64(parts * length).fill(Number.NaN),
    states: unpooled.int32(countStates(parts)).fill(0),
  };
}

function sumInOrder(parts: number, length: number): Float64Array {
  const totals = partSums(0, length);
  for (let part = 1; part < parts; part++) {
    for (const [i, sum] of partSums(part, length).entries()) totals[i]! += sum;
  }
  return totals;
}

test('sums are added in the order of the parts, in whichever order they come', () => {
  for (const order of [
    [0, 1, 2, 3, 4],
    [4, 3, 2, 1, 0],
    [0, 3, 1, 4, 2],
    [2, 0, 4, 3, 1],
  ]) {
    for (const length of [1, 3, 14, 1001]) {
      const ordered = emptySums(order.length, length);
      for (const part of order) addInOrder(ordered, part, partSums(part, length));
      assert.deepEqual(ordered.totals, sumInOrder(order.length, length), `${order}`);
    }
  }
});

test('a part that comes while another thread adds is left to that thread', () => {
  const ordered = emptySums(2, 14);
  ordered.states[0] = 1;
  addInOrder(ordered, 0, partSums(0, 14));
  assert.ok(ordered.totals.every(Number.isNaN));
  ordered.states[0] = 0; // As if the other thread had ended just now; it would add both parts if it looked once more.
  addInOrder(ordered, 1, partSums(1, 14));
  assert.deepEqual(ordered.totals, sumInOrder(2, 14));
});

test('no part is lost when two threads add at the same time', { timeout: 60_000 }, async () => {
  const module = new URL('../../src/engine/ordered-sums.ts', import.meta.url).href;
  const code = `
    import { parentPort, workerData } from 'node:worker_threads';
    const { addInOrder } = await import(workerData.module);
    const { ready, rounds, sums } = workerData;
    Atomics.add(ready, rounds.length, 1);
    for (const [round, ordered] of rounds.entries()) {
      Atomics.add(ready, round, 1);
      while (Atomics.load(ready, round) < 2);
      for (let part = 1; part < sums.length; part += 2) addInOrder(ordered, part, sums[part]);
    }
    parentPort.postMessage('done');`;
  const [parts, length] = [8, 500];
  const sums = Array.from({ length: parts }, (_, part) => partSums(part, length));
  const rounds = Array.from({ length: 300 }, () => emptySums(parts, length));
  const ready = unpooled.int32(rounds.length + 1).fill(0);
  const worker = new Worker(new URL(`data:text/javascript,${encodeURIComponent(code)}`), {
    workerData: { module, rounds, sums, ready },
  });
  const done = new Promise((resolve, reject) => {
    worker.once('message', resolve);
    worker.once('error', reject);
  });
  while (Atomics.load(ready, rounds.length) === 0) await Promise.race([sleep(1), done]);
  for (const [round, ordered] of rounds.entries()) {
    Atomics.add(ready, round, 1);
    while (Atomics.load(ready, round) < 2);
    for (let part = 0; part < parts; part += 2) addInOrder(ordered, part, sums[part]!);
  }
  await done;
  const expected = sumInOrder(parts, length);
  for (const { totals } of rounds) assert.deepEqual(totals, expected);
});
