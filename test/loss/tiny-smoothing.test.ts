import assert from 'node:assert/strict';
import { test } from 'node:test';
import { OUTPUTS_WITHOUT_DIFFICULTY, referenceEvaluation } from '../helpers/engine/batches.ts';
import { conformsToSmoothed, smoothedBatch, tinySmoothing } from '../helpers/engine/tiny-smoothing.ts';
import { TOLERANCES } from '../helpers/engine/tolerance.ts';

test('the reference has float64 digits of labels that are nearly 1, however little they are smoothed', (t) => {
  const tolerance = { ...TOLERANCES.wasm, arrays: 1e-13, totals: 1e-13 };
  let worst = 0;
  for (const each of tinySmoothing()) {
    for (const options of each.expect) {
      const batch = smoothedBatch(each, options, OUTPUTS_WITHOUT_DIFFICULTY);
      worst = Math.max(worst, conformsToSmoothed(each, batch, referenceEvaluation(batch), tolerance));
    }
  }
  assert.ok(worst > 0);
  t.diagnostic(`worst relative error ${worst.toExponential(1)}`);
});
