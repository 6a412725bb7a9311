import assert from 'node:assert/strict';
import { test } from 'node:test';
import { curesOfWarning } from '../../../src/explorer/service/warning-cures.ts';

test('softmax leaves out those options in force that it has not', () => {
  const changes = (options: object) => curesOfWarning('softmax_logits_under_sigmoid', { ...options })[0]!.changes;
  assert.deepEqual(changes({}), { activation: 'softmax' });
  assert.deepEqual(changes({ margin: 0.05, soft_labels: 'quality', gamma: 2 }), {
    activation: 'softmax',
    margin: undefined,
    soft_labels: undefined,
  });
});

test('an index to ignore is left out if there is one', () => {
  assert.deepEqual(curesOfWarning('everything_ignored', {}), []);
  assert.deepEqual(curesOfWarning('everything_ignored', { ignore_index: 0 })[0]!.changes, { ignore_index: undefined });
});
