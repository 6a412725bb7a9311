import assert from 'node:assert/strict';
import { test } from 'node:test';
import { logitsBatch } from '../helpers/engine/batches.ts';

const product = (shape: readonly number[]) => shape.reduce((size, length) => size * length, 1);

for (const [predictions, labels, cure, classAxis = -1] of [
  [[2, 3, 4], [2, 1, 4], '; leave the class axis out if they are class indices, shape [2, 4]', 1],
  [[4, 1], [4, 3], '; logits have one class and labels 3: send predictions of each class'],
  [[4, 3], [3], '; or are the classes on another axis, "class_axis": 0?'],
  [[2, 3, 4], [2, 4], '; or are the classes on another axis, "class_axis": 1?'],
  [[2, 3, 4], [6], '; reshape them to [2, 3]?'],
  [[2, 3, 4], [1, 2, 3, 1], '; reshape them to [2, 3]?'],
  [[2, 3, 4], [24], '; reshape them to [2, 3, 4]?'],
  [[2, 3, 4], [6, 4], '; reshape them to [2, 3, 4]?'],
  [[2, 3, 4], [4, 3, 2], '; transpose them to [2, 3, 4]? A reshape would mix them up'],
  [[2, 3, 4], [3, 2], '; transpose them to [2, 3]? A reshape would mix them up'],
  [[2, 3, 4], [7], ''],
  [[2, 3, 4], [8, 3], ''],
] as const) {
  test(`labels of shape [${labels}] for logits of shape [${predictions}]`, () => {
    const send = () =>
      logitsBatch(
        predictions,
        new Array(product(predictions)).fill(0),
        labels,
        new Array(product(labels)).fill(0),
        {},
        { class_axis: classAxis },
      );
    assert.throws(send, (error: Error) => {
      const [, got] = /^\/labels: expected shape .*, got \[[\d, ]+\](.*)$/.exec(error.message)!;
      assert.equal(got, cure);
      return true;
    });
  });
}
