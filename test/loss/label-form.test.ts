import assert from 'node:assert/strict';
import { test } from 'node:test';
import { logitsBatch } from '../helpers/engine/batches.ts';

const LOGITS = new Array(6).fill(0);

function check(background_index: number, options: object = {}, { classes = 3, dense = false } = {}): void {
  const samples = LOGITS.length / classes;
  const labels = new Array(dense ? LOGITS.length : samples).fill(classes === 1 ? 5 : 1);
  const shape = [samples, classes];
  logitsBatch(shape, LOGITS, dense ? shape : [samples], labels, {}, { background_index, ...options });
}

for (const [name, run, message] of [
  ['under softmax', () => check(-1, { activation: 'softmax' }), /expected none: it applies to .*, and this is softmax/],
  ['with dense labels', () => check(-1, {}, { dense: true }), /expected none: .*, and this is a batch of dense labels/],
  ['that is also the ignore_index', () => check(-100), /other than the ignore_index, got -100 for both/],
  [
    'that is the first class',
    () => check(0),
    /outside the classes 0 to 2, got 0, .*: .*if labels count from 1, subtract 1/,
  ],
  [
    'that is the last class',
    () => check(2),
    /outside the classes 0 to 2, got 2, .*: .*number the other classes from 0 to 2/,
  ],
  ['that is the only class', () => check(0, {}, { classes: 1 }), /other than 0, which is the only class/],
] as const) {
  test(`a background_index ${name} is rejected, with a cure`, () => {
    assert.throws(run, { code: 'invalid_request', message: new RegExp(`/background_index: .*${message.source}`) });
  });
}

test('a background_index that is no class applies', () => {
  for (const background of [-1, 3, 255]) assert.doesNotThrow(() => check(background));
});

test('a label that is no class is told what it may be, with the background_index if there is one', () => {
  const labelled = (options: object) => () => logitsBatch([2, 3], LOGITS, [2], [1, 7], {}, options);
  const expected = 'expected a class index from 0 to 2';
  assert.throws(labelled({}), { message: new RegExp(`${expected} or the ignore_index -100, got 7`) });
  assert.throws(labelled({ background_index: -1 }), {
    message: new RegExp(`${expected}, the background_index -1 or the ignore_index -100, got 7`),
  });
});
