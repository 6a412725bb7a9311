import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import {
  type IndexRange,
  partCount,
  partsForThreads,
  slicesOfParts,
  type Tile,
  tilesOf,
} from '../../src/engine/tiling.ts';
import type { Layout } from '../../src/loss/layout.ts';

const layouts = fc
  .record({
    outer: fc.integer({ min: 1, max: 1_000_000 }),
    classes: fc.integer({ min: 1, max: 20_000 }),
    inner: fc.oneof(fc.constant(1), fc.integer({ min: 1, max: 3_000_000 })),
  })
  // No batch is larger, and no more blocks than are quick to count.
  .map(({ outer, classes, inner }) => ({ outer: Math.ceil(outer / inner), classes, inner }));
const sizes = fc.record({
  parts: fc.integer({ min: 1, max: 64 }),
  elements: fc.constantFrom(2 ** 17, 2 ** 20, 2 ** 22, Number.POSITIVE_INFINITY),
});

const all = (layout: Layout): IndexRange => ({ from: 0, to: partCount(layout) });

/** How many samples each part of the blocks has, as the kernels see them. */
function samplesOfParts(blocks: Iterable<Tile>): number[] {
  return [...blocks].flatMap(({ layout }) => slicesOfParts(layout).map(({ from, to }) => (to - from) * layout.inner));
}

test('however a batch is cut, its blocks are all of its samples, each once and in order', () => {
  fc.assert(
    fc.property(layouts, fc.integer({ min: 1, max: 64 }), sizes, (layout, threads, size) => {
      const shares = partsForThreads(layout, threads);
      assert.ok(shares.length <= threads);
      let [slice, position] = [0, 0];
      for (const parts of shares) {
        for (const block of tilesOf(layout, parts, size)) {
          assert.deepEqual([block.slice, block.position], [slice, position]);
          const { outer, classes, inner } = block.layout;
          assert.equal(classes, layout.classes);
          if (inner === layout.inner) {
            slice += outer;
          } else {
            position += outer * inner;
            assert.ok(position <= layout.inner);
            if (position === layout.inner) [slice, position] = [slice + 1, 0];
          }
        }
      }
      assert.deepEqual([slice, position], [layout.outer, 0]);
    }),
  );
});

test('the parts are the same, however many threads share them and however many go together', () => {
  fc.assert(
    fc.property(layouts, fc.integer({ min: 1, max: 64 }), fc.integer({ min: 1, max: 64 }), (layout, threads, parts) => {
      const expected = samplesOfParts(tilesOf(layout, all(layout), { parts: 1 }));
      assert.equal(expected.length, partCount(layout));
      const shares = partsForThreads(layout, threads);
      const actual = samplesOfParts(shares.flatMap((share) => [...tilesOf(layout, share, { parts })]));
      assert.deepEqual(actual, expected);
    }),
  );
});

test('no block has more elements than it may, unless it is one sample', () => {
  fc.assert(
    fc.property(layouts, sizes, (layout, size) => {
      for (const { layout: block } of tilesOf(layout, all(layout), size)) {
        const samples = block.outer * block.inner;
        assert.ok(samples * block.classes <= size.elements || samples === 1);
      }
    }),
  );
});

test('only what is left of a part goes on with it', () => {
  const layout = { outer: 1000, classes: 1000, inner: 1 }; // Parts of 256 samples.
  const blocks = [...tilesOf(layout, { from: 1, to: 3 }, { parts: 4, elements: 100_000 })];
  assert.deepEqual(
    blocks.map(({ slice, layout: { outer }, continues }) => [slice, outer, continues]),
    [
      [256, 100, false],
      [356, 100, true],
      [456, 56, true],
      [512, 100, false],
      [612, 100, true],
      [712, 56, true],
    ],
  );
});

test('parts depend on classes and inner size, and not on how many rows there are', () => {
  for (const inner of [1, 100_000]) {
    const some = (outer: number) =>
      [...tilesOf({ outer, classes: 80, inner }, { from: 0, to: 3 }, { parts: 1 })].map(({ layout }) => layout);
    assert.deepEqual(some(5000), some(100_000));
  }
});

test('a small batch is not shared, and a single image is', () => {
  assert.equal(partsForThreads({ outer: 1000, classes: 80, inner: 1 }, 16).length, 1);
  assert.equal(partsForThreads({ outer: 1, classes: 19, inner: 1024 * 2048 }, 16).length, 16);
});

test("a part's sums stay small beside its predictions", () => {
  fc.assert(
    fc.property(layouts, (layout) => {
      const { outer, classes, inner } = layout;
      const sumsBytes = partCount(layout) * classes * 112;
      assert.ok(sumsBytes <= (1 / 9) * (4 * outer * classes * inner) + classes * 112);
    }),
  );
});
