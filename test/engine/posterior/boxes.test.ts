import assert from 'node:assert/strict';
import { test } from 'node:test';
import { boxesOf } from '../../../src/engine/posterior/boxes.ts';

test('boxes cover every position of the slices once, in order, whatever the layout', () => {
  for (const classes of [1, 3, 80, 5000]) {
    for (const inner of [1, 7, 1000, 70_001]) {
      for (const slices of [
        { from: 0, to: 1 },
        { from: 2, to: 7 },
        { from: 3, to: 3 },
      ]) {
        let expected = slices.from * inner;
        for (const { layout, slice, position } of boxesOf({ outer: 9, classes, inner }, slices)) {
          assert.equal(slice * inner + position, expected);
          assert.ok(layout.inner === inner || layout.outer === 1, 'whole slices, or a run of one');
          assert.equal(layout.classes, classes);
          expected += layout.outer * layout.inner;
        }
        assert.equal(expected, slices.to * inner, `${classes} classes, ${inner} positions`);
      }
    }
  }
});
