import assert from 'node:assert/strict';
import { test } from 'node:test';
import { BACKGROUND, IGNORED, type Labels } from '../../src/loss/batch.ts';
import { countLabels } from '../../src/loss/label-counts.ts';
import type { Layout } from '../../src/loss/tensor.ts';
import { mulberry32 } from '../harness/mulberry32.ts';

function countOneByOne(labels: Labels, { outer, classes, inner }: Layout) {
  const positives = new Float64Array(classes);
  const negatives = new Float64Array(classes);
  for (let slice = 0; slice < outer; slice++) {
    for (let c = 0; c < classes; c++) {
      for (let i = 0; i < inner; i++) {
        const y =
          labels instanceof Int32Array ? labels[slice * inner + i]! : labels[(slice * classes + c) * inner + i]!;
        if (y === IGNORED || (labels instanceof Uint8Array && y > 1)) continue;
        if (labels instanceof Int32Array ? y === c : y >= 0.5) positives[c]! += 1;
        else negatives[c]! += 1;
      }
    }
  }
  return { positives, negatives };
}

const LAYOUTS: readonly Layout[] = [
  { outer: 1, classes: 1, inner: 1 },
  { outer: 9001, classes: 1, inner: 1 },
  { outer: 3001, classes: 3, inner: 1 },
  { outer: 121, classes: 80, inner: 1 },
  { outer: 2, classes: 5000, inner: 1 },
  { outer: 700, classes: 5, inner: 2 },
  { outer: 3, classes: 7, inner: 15 },
  { outer: 3, classes: 7, inner: 16 },
  { outer: 2, classes: 19, inner: 999 },
  { outer: 2, classes: 2, inner: 5000 },
  { outer: 1, classes: 9000, inner: 3 },
];

for (const layout of LAYOUTS) {
  const { outer, classes, inner } = layout;
  test(`labels of [${outer}, ${classes}, ${inner}] are counted by class as one by one`, () => {
    const random = mulberry32(1);
    const length = outer * classes * inner;
    const pick = <Value>(values: readonly Value[]) => values[Math.floor(random() * values.length)]!;
    const all: Labels[] = [
      Float32Array.from({ length }, () => pick([0, 0.25, 0.49999997, 0.5, 1, IGNORED])),
      Uint8Array.from({ length }, () => pick([0, 1, 2, 255])),
      Int32Array.from({ length: outer * inner }, () => pick([IGNORED, BACKGROUND, Math.floor(random() * classes), 0])),
    ];
    for (const labels of all) assert.deepEqual(countLabels(labels, layout), countOneByOne(labels, layout));
  });
}
