import assert from 'node:assert/strict';
import { test } from 'node:test';
import { wasmBackend } from '../../../../src/engine/backends/wasm/wasm-backend.ts';
import { readSums, SIDES, type SumField } from '../../../../src/loss/class-sums.ts';
import { combinations } from '../../../harness/combinations.ts';
import {
  logitsBatch,
  pseudorandom,
  referenceEvaluation,
  run,
  SMALLEST_NORMAL,
} from '../../../helpers/engine/batches.ts';
import { TOLERANCES } from '../../../helpers/engine/tolerance.ts';

// Totals of equal samples, which a model predicts before it is trained: their float32 errors do not average out, so that a
// total has the error of one element. The gradients of soft labels have roots, near which that error has no relative bound.

await wasmBackend.start();

const { arrays } = TOLERANCES.wasm;
const GAMMAS = [0, 0.5, 0.7, 1, 1.5, 2, 2.3, 2.5, 2.9, 3, 3.5, 3.7, 4, 4.5, 5, 7.3, 10];
const OF_HARD: readonly SumField[] = ['loss', 'cross_entropy', 'gradient_l1', 'pt'];
const OF_SOFT: readonly SumField[] = ['loss', 'cross_entropy', 'pt'];

/** One sample, and what is asked of copies of it. */
interface Sample {
  readonly logits: ArrayLike<number>;
  /** A class index, or the labels of all classes. */
  readonly label: number | ArrayLike<number>;
  readonly gamma: number;
  readonly options: object;
}

/** The worst relative error of a total over so many copies, `[copies, classes]` or `[1, classes, copies]`. */
async function worstTotal(sample: Sample, copies: number, classFirst: boolean, fields: readonly SumField[]) {
  const { sums } = await run(copiesOf(sample, copies, classFirst));
  const { sums: ofOne } = referenceEvaluation(copiesOf(sample, 1, classFirst));
  let worst = 0;
  for (const field of fields) {
    for (const side of SIDES) {
      const totals = readSums(sums, side, field);
      readSums(ofOne, side, field).forEach((truth, c) => {
        if (Math.abs(truth) < SMALLEST_NORMAL) return;
        worst = Math.max(worst, Math.abs(totals[c]! / copies - truth) / Math.abs(truth));
      });
    }
  }
  return worst;
}

function copiesOf({ logits, label, gamma, options }: Sample, copies: number, classFirst: boolean) {
  const classes = logits.length;
  const shape = classFirst ? [1, classes, copies] : [copies, classes];
  const perElement = (values: ArrayLike<number>) =>
    Float64Array.from(
      { length: copies * classes },
      (_, i) => values[classFirst ? Math.floor(i / copies) : i % classes]!,
    );
  const isIndex = typeof label === 'number';
  const labelShape = isIndex ? shape.toSpliced(1, 1) : shape;
  const labels = isIndex ? new Float64Array(copies).fill(label) : perElement(label);
  const all = { class_axis: 1, reduction: 'sum', outputs: ['gradients', 'per_class'], ...options };
  return logitsBatch(shape, perElement(logits), labelShape, labels, { gamma }, all);
}

/** Of four classes: as many elements as the float32 kernels ask for. */
const COPIES = 1024;
/** Over the range of the float32 exponential, and where a search found the largest errors. */
const LOGITS = Float32Array.from([
  ...Array.from({ length: 44 }, (_, i) => 4 * i - 86.4877),
  ...[-12.875, -7.7019858, -5.8943, -3.4162714, -1.9743, -1.0693, 0.3007, 4.7057, 6.8694429, 7.2707],
]);

const ALL_FOUR = (label: number) => new Array<number>(4).fill(label);
const SIGMOID = {
  background: { label: -1, options: { background_index: -1 }, fields: OF_HARD },
  negatives: { label: ALL_FOUR(0), options: {}, fields: OF_HARD },
  positives: { label: ALL_FOUR(1), options: {}, fields: OF_HARD },
  'soft labels': { label: [1e-30, 0.3, 0.7, 0.9].map(Math.fround), options: {}, fields: OF_SOFT },
  smoothing: { label: [0, 1, 0, 1], options: { label_smoothing: 0.1 }, fields: OF_SOFT },
};

for (const [name, { fields, ...asked }] of Object.entries(SIGMOID)) {
  test(`sigmoid, ${name}: totals of equal logits`, async (t) => {
    let worst = 0;
    for (const gamma of GAMMAS) {
      for (const logit of LOGITS) {
        const sample = { ...asked, logits: ALL_FOUR(logit), gamma };
        for (const classFirst of [false, true]) {
          const error = await worstTotal(sample, COPIES, classFirst, fields);
          assert.ok(
            error <= arrays,
            `logit ${logit}, gamma ${gamma}, class ${classFirst ? 'first' : 'last'}: ${error}`,
          );
          worst = Math.max(worst, error);
        }
      }
    }
    t.diagnostic(`worst relative error ${worst.toExponential(1)}`);
  });
}

const GAPS = [0, 1e-7, 0.35, 1, 3, 8, 17, 60];

for (const kind of ['class indices', 'soft labels', 'smoothing'] as const) {
  test(`softmax, ${kind}: totals of equal samples`, async (t) => {
    const random = pseudorandom(17);
    const next = () => random.next().value;
    let worst = 0;
    for (const { classes, gamma, gap } of combinations({ classes: [2, 3, 17, 26, 80], gamma: GAMMAS, gap: GAPS })) {
      const index = Math.floor(next() * classes);
      const top = next() < 0.5 ? index : Math.floor(next() * classes);
      const logits = Float32Array.from({ length: classes }, (_, c) => 3 * next() + (c === top ? gap : 0));
      const weights = logits.map(() => Math.exp(9 * next()));
      const total = weights.reduce((sum, weight) => sum + weight, 0);
      const sample = {
        logits,
        gamma,
        label: kind === 'soft labels' ? weights.map((weight) => weight / total) : index,
        options: { activation: 'softmax', label_smoothing: kind === 'smoothing' ? 0.1 : 0 },
      };
      for (const classFirst of [false, true]) {
        const error = await worstTotal(sample, 64, classFirst, kind === 'class indices' ? OF_HARD : OF_SOFT);
        assert.ok(error <= arrays, `${classes} classes, gap ${gap}, gamma ${gamma}, ${classFirst}: ${error}`);
        worst = Math.max(worst, error);
      }
    }
    t.diagnostic(`worst relative error ${worst.toExponential(1)}`);
  });
}
