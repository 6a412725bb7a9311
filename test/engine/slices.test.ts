import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Slice, type SlicedWork, Slices } from '../../src/engine/slices.ts';
import { mulberry32 } from '../harness/mulberry32.ts';

function slicesOf(work: Partial<SlicedWork>, msPerPart: () => number): Slice[] {
  const slices = new Slices({ parts: 1, evaluations: 1, threads: 2, minParts: 1, ...work });
  const all: Slice[] = [];
  for (;;) {
    const slice = slices.next(msPerPart());
    if (slice === undefined) return all;
    all.push(slice);
  }
}

const sizes = (slices: Slice[]) =>
  slices.map(({ parts, evaluations }) => [parts.to - parts.from, evaluations.to - evaluations.from]);

test('a batch that fits is one slice for each thread', () => {
  assert.deepEqual(sizes(slicesOf({ parts: 62 }, () => 0.6)), [
    [31, 1],
    [31, 1],
  ]);
  assert.deepEqual(sizes(slicesOf({ parts: 3 }, () => 0.6)), [
    [2, 1],
    [1, 1],
  ]);
  assert.deepEqual(sizes(slicesOf({}, () => 0.6)), [[1, 1]]);
});

test('a longer one is cut into slices of 25 ms, and its rest into one for each thread', () => {
  assert.deepEqual(
    sizes(slicesOf({ parts: 62 }, () => 2)).map(([parts]) => parts),
    [12, 12, 12, 12, 7, 7],
  );
});

test('a sweep is cut into slices of few parts with many evaluations', () => {
  assert.deepEqual(sizes(slicesOf({ parts: 4, evaluations: 100 }, () => 0.5)).slice(0, 3), [
    [1, 50],
    [1, 50],
    [1, 50],
  ]);
});

test('the evaluations of fewer parts than threads are divided, unless they take hardly any time', () => {
  assert.deepEqual(sizes(slicesOf({ evaluations: 10, threads: 2 }, () => 1)), [
    [1, 5],
    [1, 5],
  ]);
  assert.deepEqual(sizes(slicesOf({ evaluations: 10, threads: 2 }, () => 0.01)), [[1, 10]]);
});

test('a device that is fast with many parts gets as many', () => {
  assert.deepEqual(
    sizes(slicesOf({ parts: 100, threads: 1, minParts: 32 }, () => 30)).map(([parts]) => parts),
    [32, 32, 32, 4],
  );
});

test('slices cover every part with every evaluation once, whatever they take', () => {
  const random = mulberry32(16);
  const upTo = (most: number) => 1 + Math.floor(random() * most);
  for (let run = 0; run < 300; run++) {
    const work = { parts: upTo(40), evaluations: upTo(40), threads: upTo(4), minParts: upTo(3) };
    const seen = new Set<string>();
    let total = 0;
    for (const { parts, evaluations } of slicesOf(work, () => 100 ** (random() - 0.5))) {
      for (let part = parts.from; part < parts.to; part++) {
        for (let evaluation = evaluations.from; evaluation < evaluations.to; evaluation++) {
          seen.add(`${part} ${evaluation}`);
          total += 1;
        }
      }
    }
    assert.deepEqual([total, seen.size], [work.parts * work.evaluations, work.parts * work.evaluations]);
  }
});

test('parts of a batch that is arriving are handed over four at a time, or one by one if each takes long', () => {
  const next = (evaluations: number, arrived: number) =>
    new Slices({ parts: 20, evaluations, threads: 1, minParts: 1 }).next(0.5, arrived)?.parts;
  assert.equal(next(1, 3), undefined);
  assert.deepEqual(next(1, 4), { from: 0, to: 4 });
  assert.equal(next(30, 0), undefined);
  assert.deepEqual(next(30, 1), { from: 0, to: 1 });
});
