import assert from 'node:assert/strict';
import { test } from 'node:test';
import { findRoot } from '../../../src/loss/posterior/find-root.ts';

const near = (actual: number, expected: number) =>
  assert.ok(Math.abs(actual - expected) <= 1e-14 * Math.abs(expected), `${actual} is not ${expected}`);

for (const root of [-1000, -3, 0.25, 3, 1000]) {
  test(`the root ${root} is found, also from where the function is flat and Newton's step leads out of the numbers`, () => {
    const f = (x: number) => ({ value: Math.tanh(x - root), slope: 1 / Math.cosh(x - root) ** 2 });
    for (const start of [0, root - 1, root + 1, -500, 500, root]) near(findRoot(f, start), root);
  });
}

test('without steps the start is all that is known', () => {
  assert.equal(
    findRoot(() => ({ value: 1, slope: 1 }), 7, 0),
    7,
  );
});
