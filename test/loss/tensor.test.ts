import assert from 'node:assert/strict';
import { test } from 'node:test';
import { classOf, elementCount, firstElement, layoutOf, sampleCount, sampleOf } from '../../src/loss/tensor.ts';

for (const [shape, classAxis] of [
  [[5], 0],
  [[4, 3], 1],
  [[3, 4], 0],
  [[2, 3, 4], 1],
  [[2, 3, 2, 5], 2],
  [[2, 3, 2, 5], 0],
] as const) {
  test(`places of a tensor of shape [${shape}] with the class axis ${classAxis}`, () => {
    const layout = layoutOf(shape, classAxis);
    assert.equal(
      elementCount(layout),
      shape.reduce((product, length) => product * length, 1),
    );
    assert.equal(sampleCount(layout) * layout.classes, elementCount(layout));
    let element = 0;
    for (let outer = 0; outer < layout.outer; outer++) {
      for (let c = 0; c < layout.classes; c++) {
        for (let inner = 0; inner < layout.inner; inner++, element++) {
          const sample = outer * layout.inner + inner;
          assert.deepEqual([sampleOf(layout, element), classOf(layout, element)], [sample, c]);
          assert.equal(firstElement(layout, sample) + c * layout.inner, element);
        }
      }
    }
  });
}
