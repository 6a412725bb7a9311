import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fileNameOf } from '../../../src/core/shared-memory/region-key.ts';

test('a key is the name of a file of up to 255 bytes, with a slash before it or without', () => {
  const longest = `é${'x'.repeat(253)}`;
  for (const name of ['a', '...', longest]) {
    assert.equal(fileNameOf(name), name);
    assert.equal(fileNameOf(`/${name}`), name);
  }
  for (const key of ['', '/', '.', '/..', '//a', 'a/b', 'a\0', `${longest}x`, `/${longest}x`]) {
    assert.throws(() => fileNameOf(key), { code: 'invalid_request', message: /^\/key: expected the name of/ }, key);
  }
});
