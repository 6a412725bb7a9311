import assert from 'node:assert/strict';
import { test } from 'node:test';
import { optionsInBody } from '../../../src/explorer/batch-files/request-options.ts';

test('programs get the options in force, and nothing else that a file has', () => {
  const file = {
    labels: [0, 1],
    format: 'pt',
    'x=__import__("os").system("true"), y': 1,
    gamma: 5,
    activation: 'softmax',
    ignore_index: 255,
    class_names: ['a', 'b'],
  };
  const changes = { gamma: 2, alpha: null, outputs: ['loss'], ignore_index: -1, predictions_as: 'logits' };
  assert.deepEqual(optionsInBody(file, changes), {
    activation: 'softmax',
    class_names: ['a', 'b'],
    gamma: 2,
    alpha: null,
    outputs: ['loss'],
    ignore_index: -1,
  });
});
