import assert from 'node:assert/strict';
import { test } from 'node:test';
import { checkKeys } from '../../src/core/api-key-format.ts';

test('keys of visible ASCII are returned as they are', () => {
  const keys = ['a', '!"#$%&\'()*+-./0189:;<=>?@AZ[\\]^_`az{|}~'];
  assert.equal(checkKeys(keys), keys);
});

test('no key at all is an error', () => {
  assert.throws(() => checkKeys([]), /^Error: expected at least one key, got none$/);
});

test('a wrong key is named by its position and not by its text', () => {
  for (const wrong of ['', 'a b', 'a,b', 'ä', 'a\n', '\x7f', ' a', 'a ']) {
    assert.throws(
      () => checkKeys(['good', wrong, 'a b']),
      /^Error: key 2: expected visible ASCII characters without spaces or commas$/,
    );
  }
});
