import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Float16Format } from '../../src/core/float-format.ts';
import { toFloat32 } from '../../src/core/float16/float16.ts';
import { areProbabilities } from '../../src/loss/probabilities.ts';
import { sumTolerance } from '../../src/loss/sum-tolerance.ts';
import { mulberry32 } from '../harness/mulberry32.ts';
import { toFloat16 } from '../harness/to-float16.ts';

test('what float32 and a few decimals lose is allowed in every format', () => {
  for (const format of ['F64', 'F32', 'F16'] as const) assert.equal(sumTolerance(format, 1000), 1e-3);
  assert.equal(sumTolerance('BF16', 1000), 2 ** -8);
  assert.ok(sumTolerance('F16', 2 ** 18) > 2 ** -8);
});

/** Rows of a softmax, from even ones to those of one certain class. */
function softmaxRows(rows: number, classes: number): Float32Array {
  const random = mulberry32(7);
  const values = new Float32Array(rows * classes);
  for (let row = 0; row < rows; row++) {
    const scale = 12 * random();
    const logits = Float64Array.from({ length: classes }, () => scale * random());
    const total = logits.reduce((sum, logit) => sum + Math.exp(logit), 0);
    logits.forEach((logit, c) => {
      values[row * classes + c] = Math.exp(logit) / total;
    });
  }
  return values;
}

test('rows of a softmax that were rounded to 16 bits add up to 1', () => {
  for (const format of ['F16', 'BF16'] satisfies Float16Format[]) {
    for (const [rows, classes] of [
      [20_000, 2],
      [5000, 4],
      [2000, 10],
      [200, 1000],
      [4, 60_000],
      [2, 2 ** 18],
    ] as const) {
      const rounded = new Uint16Array(rows * classes);
      toFloat16(softmaxRows(rows, classes), format, rounded);
      const values = toFloat32(rounded, format);
      const layout = { outer: rows, classes, inner: 1 };
      assert.ok(areProbabilities(values, layout, 'softmax', format), `${format} ${classes}`);
      values[classes - 1]! += 2 * sumTolerance(format, classes);
      assert.ok(!areProbabilities(values, layout, 'softmax', format), `${format} ${classes}`);
    }
  }
});
