import assert from 'node:assert/strict';
import { test } from 'node:test';
import { wasmBackend } from '../../src/engine/backends/wasm/wasm-backend.ts';
import type { Batch } from '../../src/loss/batch.ts';
import type { Evaluation } from '../../src/loss/evaluation.ts';
import { referenceEvaluation, run } from '../helpers/engine/batches.ts';
import { batchOfRequest, flat, type Nested, readFixture } from '../helpers/engine/request-batches.ts';
import { copiesOf, type GoldenCase, tiled } from '../helpers/engine/tiled-golden.ts';

// The options of the focal family against 60-digit arithmetic, where logits, labels and options are at their limits.

await wasmBackend.start();

const RELATIVE = 5e-7;
/** A result may be that far off where it is a subnormal number. */
const SMALLEST = 2 ** -149;

const { extremes } = readFixture<{ readonly extremes: readonly GoldenCase[] }>('golden-family.json');

/** The arrays of an evaluation, by what a response calls them. */
const FIELDS = { elementwise: 'elementwise', gradients: 'gradients', hessian_diagonal: 'hessian' } as const;

type Evaluate = (batch: Batch) => Promise<Evaluation<Float32Array | Float64Array>>;
const EVALUATE: Readonly<Record<string, Evaluate>> = {
  reference: async (batch) => referenceEvaluation(batch),
  wasm: run,
};

for (const [name, evaluate] of Object.entries(EVALUATE)) {
  test(`${name}: the extremes have the 60-digit results`, async (t) => {
    let worst = 0;
    for (const each of extremes)
      worst = Math.max(worst, worstError(each, await evaluate(batchOfRequest(each.request))));
    t.diagnostic(`${extremes.length} cases: worst relative error ${worst.toExponential(1)}`);
  });
}

test('wasm: repeated samples, of which there are enough for float32, have the 60-digit results', async (t) => {
  let worst = 0;
  for (const each of extremes.filter(({ request }) => 'logits' in request)) {
    const copies = copiesOf(each.request);
    for (const outputs of [
      ['gradients', 'elementwise', 'per_class'],
      ['gradients', 'elementwise', 'hessian'],
    ] as const) {
      // The denominator of the short batch is that of the results.
      const { denominator } = batchOfRequest(each.request);
      const request = { ...tiled(each.request, copies, 'class last'), reduction: 'mean', normalizer: denominator };
      worst = Math.max(worst, worstError(each, await run(batchOfRequest(request, outputs)), copies));
    }
  }
  t.diagnostic(`worst relative error ${worst.toExponential(1)}`);
});

/** The worst relative error of the arrays that were requested, of which every copy of the samples has the same values. */
function worstError(
  { name, expect }: GoldenCase,
  { arrays }: Evaluation<Float32Array | Float64Array>,
  copies = 1,
): number {
  let worst = 0;
  for (const [field, output] of Object.entries(FIELDS)) {
    const actual = arrays[output];
    if (!actual) continue;
    const expected = flat(expect[field] as Nested);
    assert.equal(actual.length, copies * expected.length, `${name}: ${field}`);
    for (const [i, value] of actual.entries()) {
      const truth = expected[i % expected.length]!;
      const error = Math.abs(value - truth);
      assert.ok(
        error <= RELATIVE * Math.abs(truth) + SMALLEST,
        `${name}: ${field} ${i}: expected ${truth}, got ${value}`,
      );
      if (Math.abs(truth) > 2 ** -126) worst = Math.max(worst, error / Math.abs(truth));
    }
  }
  return worst;
}
