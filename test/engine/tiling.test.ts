import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { type IndexRange, partCount, slicesOfParts, splitRange, type Tile, tilesOf } from '../../src/engine/tiling.ts';
import type { Layout } from '../../src/loss/tensor.ts';

const layouts = fc
  .record({
    outer: fc.integer({ min: 1, max: 1_000_000 }),
    classes: fc.integer({ min: 1, max: 20_000 }),
    inner: fc.oneof(fc.constant(1), fc.integer({ min: 1, max: 3_000_000 })),
  })
  // No batch is larger, and the tiles stay few enough to be counted quickly.
  .map(({ outer, classes, inner }) => ({ outer: Math.ceil(outer / inner), classes, inner }));
const sizes = fc.record({
  parts: fc.integer({ min: 1, max: 64 }),
  elements: fc.constantFrom(2 ** 17, 2 ** 20, 2 ** 22, Number.POSITIVE_INFINITY),
});

const allParts = (layout: Layout): IndexRange => ({ from: 0, to: partCount(layout) });

/** The parts of a batch in at most as many ranges as there are threads. */
const rangesFor = (layout: Layout, threads: number): IndexRange[] =>
  splitRange(allParts(layout), Math.ceil(partCount(layout) / threads));

/** How many samples each part of the tiles has, as the kernels see them. */
function samplesOfParts(tiles: Iterable<Tile>): number[] {
  return [...tiles].flatMap(({ layout }) => slicesOfParts(layout).map(({ from, to }) => (to - from) * layout.inner));
}

test('however a batch is divided, its tiles cover all samples once and in order', () => {
  fc.assert(
    fc.property(layouts, fc.integer({ min: 1, max: 64 }), sizes, (layout, threads, size) => {
      const ranges = rangesFor(layout, threads);
      assert.ok(ranges.length <= threads);
      let [slice, position] = [0, 0];
      for (const parts of ranges) {
        for (const tile of tilesOf(layout, parts, size)) {
          assert.deepEqual([tile.slice, tile.position], [slice, position]);
          const { outer, classes, inner } = tile.layout;
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

test('the parts are the same for any number of threads and any tile size', () => {
  fc.assert(
    fc.property(layouts, fc.integer({ min: 1, max: 64 }), fc.integer({ min: 1, max: 64 }), (layout, threads, parts) => {
      const expected = samplesOfParts(tilesOf(layout, allParts(layout), { parts: 1 }));
      assert.equal(expected.length, partCount(layout));
      const ranges = rangesFor(layout, threads);
      const actual = samplesOfParts(ranges.flatMap((range) => [...tilesOf(layout, range, { parts })]));
      assert.deepEqual(actual, expected);
    }),
  );
});

test('no tile exceeds its size, unless it is one sample', () => {
  fc.assert(
    fc.property(layouts, sizes, (layout, size) => {
      for (const { layout: tile } of tilesOf(layout, allParts(layout), size)) {
        const samples = tile.outer * tile.inner;
        assert.ok(samples * tile.classes <= size.elements || samples === 1);
      }
    }),
  );
});

test('a part that is split never shares a tile with another part', () => {
  const layout = { outer: 1000, classes: 1000, inner: 1 }; // Parts of 256 samples.
  const tiles = [...tilesOf(layout, { from: 1, to: 3 }, { parts: 4, elements: 100_000 })];
  assert.deepEqual(
    tiles.map(({ slice, layout: { outer }, continuesPart }) => [slice, outer, continuesPart]),
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

test('large parts are joined up to a number of elements, and not split', () => {
  const joined = (classes: number) => {
    const layout = { outer: 2000, classes, inner: 1 };
    return [...tilesOf(layout, allParts(layout), { parts: 4, elementsOfParts: 2 ** 19 })].map(
      (tile) => tile.layout.outer,
    );
  };
  assert.deepEqual(joined(1000), [512, 512, 512, 464]);
  assert.deepEqual(joined(4000), [256, 256, 256, 256, 256, 256, 256, 208]);
});

test('parts depend on the classes and the inner size, and not on the number of rows', () => {
  for (const inner of [1, 100_000]) {
    const firstParts = (outer: number) =>
      [...tilesOf({ outer, classes: 80, inner }, { from: 0, to: 3 }, { parts: 1 })].map(({ layout }) => layout);
    assert.deepEqual(firstParts(5000), firstParts(100_000));
  }
});

test('a small batch is not divided, and a single image is', () => {
  assert.equal(partCount({ outer: 1000, classes: 80, inner: 1 }), 1);
  assert.ok(partCount({ outer: 1, classes: 19, inner: 1024 * 2048 }) >= 16);
});

test('few samples of very many classes are divided, and each of their parts is a tile', () => {
  for (const [outer, expected] of [
    [64, [32, 32]],
    [63, [63]],
    [100, [34, 34, 32]],
    [256, [64, 64, 64, 64]],
    [257, [256, 1]],
  ] as const) {
    const layout = { outer, classes: 32_000, inner: 1 };
    const tiles = [...tilesOf(layout, allParts(layout), { parts: 4 })];
    assert.deepEqual(samplesOfParts(tiles), expected);
  }
  assert.equal(partCount({ outer: 128, classes: 1000, inner: 1 }), 1);
  assert.equal(partCount({ outer: 256, classes: 1000, inner: 1 }), 1);
});

test("a part's sums are small compared with its predictions", () => {
  fc.assert(
    fc.property(layouts, (layout) => {
      const { outer, classes, inner } = layout;
      const sumsBytes = partCount(layout) * classes * 112;
      const share = outer <= 256 && inner === 1 ? 7 / 8 : 1 / 9;
      assert.ok(sumsBytes <= share * (4 * outer * classes * inner) + classes * 112);
    }),
  );
});
