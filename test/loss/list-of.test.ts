import assert from 'node:assert/strict';
import { test } from 'node:test';
import { listOf } from '../../src/loss/list-of.ts';

const texts = listOf((item) => typeof item === 'string', 'text', { type: 'string' });

test('a list is rejected at its first invalid item only, with what was expected', () => {
  assert.deepEqual(texts.parse(['a', 'b']), ['a', 'b']);
  const { error } = texts.safeParse(['a', 1, 2]);
  assert.deepEqual(
    error?.issues.map(({ path, message }) => ({ path, message })),
    [{ path: [1], message: 'expected text' }],
  );
});

test('what is no list is rejected', () => {
  const { error } = texts.safeParse('a');
  assert.equal(error?.issues[0]?.message, 'expected an array, each item text');
});
