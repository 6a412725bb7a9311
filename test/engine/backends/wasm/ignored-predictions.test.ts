import assert from 'node:assert/strict';
import { test } from 'node:test';
import { wasmBackend } from '../../../../src/engine/backends/wasm/wasm-backend.ts';
import { readSums, SIDES, SUM_FIELDS } from '../../../../src/loss/class-sums.ts';
import type { Evaluation } from '../../../../src/loss/evaluation.ts';
import { logitsBatch, pseudorandom, run } from '../../../helpers/engine/batches.ts';

// Finite predictions at ignored places may be anything, also for samples beside them in a vector.

await wasmBackend.start();

const JUNK = [3e38, -3e38, -2.8e14, 400, 1e-40];
const LAYOUTS = [
  { shape: [9000, 2], axis: 1 },
  { shape: [300, 80], axis: 1 },
  { shape: [3, 2, 4], axis: 1 },
  { shape: [2, 19, 301], axis: 1 },
  { shape: [9000, 1], axis: 1 },
  { shape: [1, 1, 9001], axis: 1 },
];
/** Each with the breakdown: without it, most sums are meaningless. */
const OUTPUTS = [['gradients'], ['gradients', 'elementwise'], ['difficulty'], ['hessian']];
const OPTIONS = [{}, { label_smoothing: 0.1 }, { soft_labels: 'termwise' }, { soft_labels: 'quality' }];

for (const activation of ['sigmoid', 'softmax']) {
  for (const form of ['indices', 'hard', 'soft'] as const) {
    test(`${activation}, ${form} labels: what ignored predictions are changes nothing`, async () => {
      const random = pseudorandom(11);
      const next = () => random.next().value;
      for (const { shape, axis } of LAYOUTS) {
        const classes = shape[axis]!;
        if (activation === 'softmax' && classes === 1) continue;
        const perSample = shape.toSpliced(axis, 1);
        const samples = perSample.reduce((product, size) => product * size, 1);
        const inner = samples / shape[0]!;
        const indices = Array.from({ length: samples }, () => (next() < 0.3 ? -100 : Math.floor(next() * classes)));
        const sampleOf = (at: number) => Math.floor(at / (classes * inner)) * inner + (at % inner);
        const labelAt = (at: number) => {
          const index = indices[sampleOf(at)]!;
          if (index < 0) return index;
          const hard = Number(index === Math.floor(at / inner) % classes);
          return form === 'hard' ? hard : 0.5 * hard + 0.5 / classes;
        };
        const logits = Float32Array.from({ length: samples * classes }, () => (next() - 0.5) * 20);
        const junk = logits.map((logit, at) =>
          indices[sampleOf(at)]! < 0 ? JUNK[Math.floor(next() * JUNK.length)]! : logit,
        );
        const zeros = logits.map((logit, at) => (indices[sampleOf(at)]! < 0 ? 0 : logit));
        const labels = form === 'indices' ? indices : Array.from(logits, (_, at) => labelAt(at));
        for (const outputs of OUTPUTS) {
          for (const options of OPTIONS.slice(0, activation === 'sigmoid' && form === 'soft' ? 4 : 2)) {
            const labelShape = form === 'indices' ? perSample : shape;
            const all = { activation, class_axis: axis, outputs: ['per_class', ...outputs], ...options };
            const [expected, actual] = await Promise.all(
              [zeros, junk].map((values) => run(logitsBatch(shape, values, labelShape, labels, {}, all))),
            );
            assertClose(actual!, expected!, `[${shape}] ${outputs} ${JSON.stringify(options)}`);
          }
        }
      }
    });
  }
}

/** Ignored predictions may decide whether their neighbours are evaluated in float32 or in float64. */
const TOLERANCE = 5e-7;

function assertClose(actual: Evaluation, expected: Evaluation, name: string): void {
  const others = numbersOf(actual);
  for (const [field, numbers] of Object.entries(numbersOf(expected))) {
    const size = Math.max(...numbers.map(Math.abs));
    const at = numbers.findIndex((number, i) => !(Math.abs(others[field]![i]! - number) <= TOLERANCE * size));
    assert.equal(at, -1, `${name}: ${field}[${at}] is ${others[field]![at]} instead of ${numbers[at]}`);
  }
}

function numbersOf({ arrays, sums, bins }: Evaluation): Record<string, number[]> {
  const perClass = SUM_FIELDS.flatMap((field) =>
    SIDES.map((side) => [`${side} ${field}`, readSums(sums, side, field)]),
  );
  const all = { ...arrays, ...Object.fromEntries(perClass), ...(bins && { bins }) };
  return Object.fromEntries(Object.entries(all).map(([name, numbers]) => [name, Array.from(numbers as Float64Array)]));
}
