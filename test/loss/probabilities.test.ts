import assert from 'node:assert/strict';
import { test } from 'node:test';
import { toFloat32 } from '../../src/core/float16/float16.ts';
import type { ServiceError } from '../../src/core/service-error.ts';
import type { Batch } from '../../src/loss/batch.ts';
import { areProbabilities } from '../../src/loss/probabilities.ts';
import { rejectPredictions } from '../../src/loss/reject-predictions.ts';
import { elementCount, firstElement, type Layout, sampleCount } from '../../src/loss/tensor.ts';

const LAYOUTS: readonly Layout[] = [
  { outer: 5000, classes: 3, inner: 1 },
  { outer: 3, classes: 10_000, inner: 1 },
  { outer: 700, classes: 5, inner: 4 },
  { outer: 2, classes: 2000, inner: 3 },
  { outer: 2, classes: 3, inner: 9001 },
];

function evenProbabilities(layout: Layout): Float32Array {
  return new Float32Array(elementCount(layout)).fill(1 / layout.classes);
}

function issuesOf(layout: Layout, predictions: Batch['predictions'], predictionsFormat: 'F32' | 'BF16' = 'F32') {
  const shape = [layout.outer, layout.classes, layout.inner];
  const batch = {
    ...{ source: 'probabilities', activation: 'softmax', predictions, predictionsFormat, layout, shape },
    ...{ counts: { ignored: 0 }, classWeights: Float64Array.of(1) },
  };
  try {
    rejectPredictions(batch as unknown as Batch);
  } catch (error) {
    return (error as ServiceError).issues!.map(({ pointer, message }) => `${pointer}: ${message}`);
  }
}

test('the probabilities of each sample add up to 1, whatever the layout', () => {
  for (const layout of LAYOUTS) {
    const samples = sampleCount(layout);
    for (const sample of [0, Math.floor(samples / 2), samples - 1]) {
      const values = evenProbabilities(layout);
      assert.ok(areProbabilities(values, layout, 'softmax'));
      const first = firstElement(layout, sample);
      values[first + (layout.classes - 1) * layout.inner]! += 0.002;
      assert.ok(!areProbabilities(values, layout, 'softmax'));
      assert.ok(areProbabilities(values, layout, 'sigmoid'));
      const slice = Math.floor(sample / layout.inner);
      const issues = issuesOf(layout, values)!;
      assert.equal(issues.length, 1);
      assert.match(issues[0]!, new RegExp(`^/probabilities/${slice}/0/${sample % layout.inner}: .* got 1\\.00[12]`));
    }
  }
});

test('each is in [0, 1]', () => {
  const layout = LAYOUTS[4]!;
  for (const wrong of [-1e-30, 1.0000001, Number.NaN, Number.POSITIVE_INFINITY]) {
    const values = evenProbabilities(layout);
    values[values.length - 1] = wrong;
    for (const activation of ['sigmoid', 'softmax'] as const) {
      assert.ok(!areProbabilities(values, layout, activation));
    }
    assert.match(issuesOf(layout, values)![0]!, /^\/probabilities\/1\/2\/9000: expected a number in \[0, 1\], got /);
  }
});

test('those of 16 bits are checked as float32', () => {
  const layout = { outer: 5000, classes: 2, inner: 1 };
  const halves = new Uint16Array(elementCount(layout)).fill(0x3f00);
  assert.ok(areProbabilities(toFloat32(halves, 'BF16'), layout, 'softmax'));
  halves[7001] = 0x3f80;
  assert.match(issuesOf(layout, halves, 'BF16')![0]!, /^\/probabilities\/3500\/0\/0: .* got 1.5: use sigmoid/);
});
