import assert from 'node:assert/strict';
import { test } from 'node:test';
import { shorten } from '../../src/core/shorten.ts';

test('a text of up to so many characters stays, a longer one is cut, and says so', () => {
  assert.equal(shorten('abc', 3), 'abc');
  assert.equal(shorten('abcd', 3), 'abc…');
  assert.equal(shorten('x'.repeat(128)), 'x'.repeat(128));
  assert.equal(shorten('x'.repeat(129)), `${'x'.repeat(128)}…`);
});

test('no character is cut in half', () => {
  assert.equal(shorten('ab😀d', 3), 'ab…');
  assert.equal(shorten('ab😀d', 4), 'ab😀…');
});
