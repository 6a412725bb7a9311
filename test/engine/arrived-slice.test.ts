import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Arrival } from '../../src/engine/arrival.ts';
import { nextArrived } from '../../src/engine/arrived-slice.ts';
import { type Slice, Slices } from '../../src/engine/slices.ts';
import { partCount, partsWithin, tilesOf } from '../../src/engine/tiling.ts';
import { elementCount } from '../../src/loss/tensor.ts';

test('the parts within the first elements are those whose tiles end there or before', () => {
  for (const layout of [
    { outer: 10_000, classes: 80, inner: 1 },
    { outer: 7, classes: 19, inner: 40_000 },
    { outer: 700, classes: 3, inner: 500 },
    { outer: 300, classes: 32_000, inner: 1 },
  ]) {
    const parts = partCount(layout);
    const slice = layout.classes * layout.inner;
    const ends = Array.from({ length: parts }, (_, part) => {
      const tiles = [...tilesOf(layout, { from: part, to: part + 1 }, { parts: 1 })];
      return (
        slice *
        Math.max(...tiles.map((tile) => tile.slice + (tile.layout.inner === layout.inner ? tile.layout.outer : 1)))
      );
    });
    for (const end of [...new Set(ends)]) {
      assert.equal(partsWithin(layout, end), ends.filter((other) => other <= end).length);
      assert.equal(partsWithin(layout, end - 1), ends.filter((other) => other < end).length);
    }
    assert.equal(partsWithin(layout, elementCount(layout)), parts);
    assert.equal(partsWithin(layout, 0), 0);
  }
});

test('slices come when their predictions have arrived, and end when nobody needs them', async () => {
  const layout = { outer: 20_480, classes: 64, inner: 1 };
  const parts = partCount(layout);
  const predictions = new Float32Array(elementCount(layout));
  const bytesPerPart = predictions.byteLength / parts;
  const arrival = new Arrival();
  const slices = new Slices({ parts, evaluations: 1, threads: 2, minParts: 1 });
  const got: Slice[] = [];
  const take = async () => {
    for (;;) {
      const slice = await nextArrived(slices, { predictions, layout }, arrival, () => 0.1);
      if (!slice) return;
      got.push(slice);
    }
  };
  const taken = [take(), take()];
  const end = async (bytes: number) => {
    arrival.advance(bytes);
    await new Promise(setImmediate);
    return got.at(-1)?.parts.to;
  };
  assert.equal(await end(4 * bytesPerPart - 1), undefined);
  assert.equal(await end(4 * bytesPerPart), 2);
  assert.equal(await end(6 * bytesPerPart - 1), 2);
  assert.equal(await end(6 * bytesPerPart), 4);
  assert.equal(await end(predictions.byteLength), parts);
  await Promise.all(taken);
  assert.deepEqual(
    got.map(({ parts: { from } }) => from),
    [0, ...got.slice(0, -1).map(({ parts: { to } }) => to)],
  );

  const stopped = new Arrival();
  const waiting = nextArrived(
    new Slices({ parts, evaluations: 1, threads: 2, minParts: 1 }),
    { predictions, layout },
    stopped,
    () => 1,
  );
  stopped.end();
  assert.equal(await waiting, undefined);
});
