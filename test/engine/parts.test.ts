import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { cut, cutForThreads } from '../../src/engine/parts.ts';

const layouts = fc.record({
  outer: fc.integer({ min: 1, max: 1_000_000 }),
  classes: fc.integer({ min: 1, max: 20_000 }),
  inner: fc.integer({ min: 1, max: 1000 }),
});

test('however a batch is cut, the pieces follow each other and are cut where parts end', () => {
  fc.assert(
    fc.property(layouts, fc.integer({ min: 1, max: 64 }), (layout, threads) => {
      const ends = new Set(cut(layout, 1).map((part) => part.to));
      for (const ranges of [cutForThreads(layout, threads), cut(layout, 4)]) {
        let at = 0;
        for (const { from, to } of ranges) {
          assert.equal(from, at);
          assert.ok(to > from && ends.has(to));
          at = to;
        }
        assert.equal(at, layout.outer);
      }
      assert.ok(cutForThreads(layout, threads).length <= threads);
    }),
  );
});

test('parts depend on classes and inner size, and not on how many rows there are', () => {
  assert.deepEqual(
    cut({ outer: 5000, classes: 80, inner: 1 }, 1).slice(0, 2),
    cut({ outer: 100_000, classes: 80, inner: 1 }, 1).slice(0, 2),
  );
});

test('a small batch is not cut', () => {
  assert.equal(cutForThreads({ outer: 1000, classes: 80, inner: 1 }, 16).length, 1);
});

test("a part's sums stay small beside its predictions", () => {
  fc.assert(
    fc.property(layouts, (layout) => {
      const { outer, classes, inner } = layout;
      const sumsBytes = cut(layout, 1).length * classes * 112;
      assert.ok(sumsBytes <= (1 / 9) * (4 * outer * classes * inner) + classes * 112);
    }),
  );
});
