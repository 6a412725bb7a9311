import assert from 'node:assert/strict';
import { test } from 'node:test';
import { endOfLifeWarning } from '../../src/core/supported-node.ts';

test('versions of Node without security fixes are named, and those that replace them', () => {
  assert.equal(endOfLifeWarning('20.20.2'), 'Node 20 has had no security fixes since April 2026: use 22, 24 or 26');
  assert.equal(endOfLifeWarning('25.1.0'), 'Node 25 gets no security fixes: use 22, 24 or 26');
});

test('of supported and of newer versions of Node there is nothing to say', () => {
  for (const version of ['22.23.5', '24.0.0', '26.12.1', '27.0.0-nightly', '28.1.0']) {
    assert.equal(endOfLifeWarning(version), undefined, version);
  }
});
