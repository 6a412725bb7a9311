import assert from 'node:assert/strict';
import { test } from 'node:test';
import { checkKeys } from '../../../src/core/api-key-format.ts';
import { apiKeyFault } from '../../../src/explorer/service/api-key-format.ts';

test('the page sends the keys that a service may have, and no others', () => {
  for (let code = 0; code < 0x180; code++) {
    const key = `a${String.fromCharCode(code)}`;
    let isKey = true;
    try {
      checkKeys([key]);
    } catch {
      isKey = false;
    }
    assert.equal(apiKeyFault(key) === '', isKey, `U+${code.toString(16)}`);
  }
  assert.equal(apiKeyFault(''), '', 'no key is no fault');
});
