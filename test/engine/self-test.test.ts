import assert from 'node:assert/strict';
import { test } from 'node:test';
import { selfTest } from '../../src/engine/self-test.ts';
import { selfTestCases } from '../../src/engine/self-test-cases.ts';
import type { Batch } from '../../src/loss/batch.ts';
import type { Evaluation } from '../../src/loss/evaluation.ts';
import { referenceEvaluation } from '../helpers/engine/batches.ts';

// The self-test with the reference as its backend, in which one kind of result is wrong.

type Fault = (evaluation: Evaluation<Float64Array>, batch: Batch) => void;

const KINDS: Readonly<Record<string, (evaluation: Evaluation<Float64Array>) => Float64Array | undefined>> = {
  sums: ({ sums }) => sums as Float64Array,
  bins: ({ bins }) => bins as Float64Array | undefined,
  gradients: ({ arrays }) => arrays.gradients,
  elementwise: ({ arrays }) => arrays.elementwise,
  hessian: ({ arrays }) => arrays.hessian,
};

/** Up to the batch that it finds wrong. Of large batches, which come last, nothing is wrong. */
function run(fault: Fault): Promise<unknown> {
  return selfTest(selfTestCases(), async (batch) => {
    const evaluation = referenceEvaluation(batch);
    fault(evaluation, batch);
    return evaluation as unknown as Evaluation;
  });
}

for (const [kind, numbersOf] of Object.entries(KINDS)) {
  for (const [name, change] of [
    ['five millionths too large', (number: number) => number * (1 + 5e-6)],
    ['of the other sign', (number: number) => -number],
    ['NaN', () => Number.NaN],
  ] as const) {
    test(`a backend whose ${kind} are ${name} is rejected, with what is wrong`, async () => {
      const fault: Fault = (evaluation) => {
        const numbers = numbersOf(evaluation);
        numbers?.forEach((number, i) => {
          numbers[i] = change(number);
        });
      };
      await assert.rejects(run(fault), new RegExp(`expected a relative error of ${kind} up to`));
    });
  }
}

test('a backend with too few results is rejected', async () => {
  const fault: Fault = (evaluation) => {
    const { bins } = evaluation;
    if (bins) Object.assign(evaluation, { bins: bins.subarray(1) });
  };
  await assert.rejects(run(fault), /bins up to .*, got Infinity/);
});

test('every output that a backend computes is in some batch, with each activation', () => {
  for (const activation of ['sigmoid', 'softmax']) {
    const outputs = new Set<string>();
    for (const { batch } of selfTestCases())
      if (batch.activation === activation) for (const o of batch.outputs) outputs.add(o);
    for (const output of ['loss', 'gradients', 'per_class', 'elementwise', 'hessian', 'difficulty']) {
      assert.ok(outputs.has(output), `${activation}: ${output}`);
    }
  }
});
