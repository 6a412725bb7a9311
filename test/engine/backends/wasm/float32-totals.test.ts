import assert from 'node:assert/strict';
import { test } from 'node:test';
import { wasmBackend } from '../../../../src/engine/backends/wasm/wasm-backend.ts';
import { readSums, SIDES, SUM_FIELDS } from '../../../../src/loss/class-sums.ts';
import {
  logitsBatch,
  pseudorandom,
  referenceEvaluation,
  run,
  SMALLEST_NORMAL,
} from '../../../helpers/engine/batches.ts';
import { sumOfEqual } from '../../../helpers/engine/sums-of-equal.ts';
import { TOLERANCES } from '../../../helpers/engine/tolerance.ts';

// Totals of few equal elements under sigmoid, which float32 adds up to 16 at a time. Each of 2048 classes has one logit, in all of
// its samples: of many random ones that whose total is off by most, if the kernel's value of one is added up one at a time or two
// at a time. An error of the value and the errors of these additions then have the same sign.

await wasmBackend.start();

const GAMMAS = [0, 0.7, 2, 3, 5, 7.3, 10];
const CLASSES = 2048;
const CANDIDATES = 2 ** 16;
/** The samples of a class, `[copies, classes]` or `[1, classes, copies]`, of which float32 adds so many. */
const LAYOUTS = [
  { classFirst: false, copies: 16, added: 16 },
  { classFirst: false, copies: 15, added: 15 },
  { classFirst: true, copies: 64, added: 16 },
];
type Layout = (typeof LAYOUTS)[number];

interface Labels {
  readonly label: number;
  readonly isHard: boolean;
  readonly options: object;
}

const LABELS: { readonly [name: string]: Labels } = {
  negatives: { label: 0, isHard: true, options: {} },
  positives: { label: 1, isHard: true, options: {} },
  background: { label: -1, isHard: true, options: { background_index: -1 } },
  'soft labels': { label: 0.3, isHard: false, options: {} },
  smoothing: { label: 1, isHard: false, options: { label_smoothing: 0.1 } },
};
const OF_HARD = ['elementwise', 'gradients'] as const;
const OF_SOFT = ['elementwise'] as const;

for (const [name, labels] of Object.entries(LABELS)) {
  test(`sigmoid, ${name}: totals of few equal logits whose errors add up`, async (t) => {
    let worst = 0;
    for (const gamma of GAMMAS) {
      const candidates = await evaluateCandidates(labels, gamma);
      for (const layout of LAYOUTS) {
        for (const output of labels.isHard ? OF_HARD : OF_SOFT) {
          const logits = worstLogits(candidates, output, layout.added);
          const error = await worstTotal(labels, gamma, logits, layout);
          assert.ok(error <= TOLERANCES.wasm.arrays, `${output}, gamma ${gamma}, ${JSON.stringify(layout)}: ${error}`);
          worst = Math.max(worst, error);
        }
      }
    }
    t.diagnostic(`worst relative error ${worst.toExponential(1)}`);
  });
}

/** The losses and gradients of random logits, as the kernel and the reference compute them. */
async function evaluateCandidates(labels: Labels, gamma: number) {
  const random = pseudorandom(23);
  // Beyond this range, logits are evaluated in float64.
  const range = 85 / (1 + Math.max(1, gamma));
  const logits = Float32Array.from({ length: CANDIDATES }, () => (2 * random.next().value - 1) * range);
  const batch = batchOf(labels, gamma, logits, [1, CANDIDATES], ['gradients', 'elementwise']);
  return { logits, values: (await run(batch)).arrays, truths: referenceEvaluation(batch).arrays };
}

/** The logits of whose losses or gradients sums of so many are off by most. */
function worstLogits(
  { logits, values, truths }: Awaited<ReturnType<typeof evaluateCandidates>>,
  output: 'elementwise' | 'gradients',
  added: number,
) {
  const errors = Array.from(truths[output]!, (truth, i) => {
    if (Math.abs(truth) < SMALLEST_NORMAL) return 0;
    const errorOf = (atATime: 1 | 2) => Math.abs(sumOfEqual(values[output]![i]!, added, atATime) / added / truth - 1);
    return Math.max(errorOf(1), errorOf(2));
  });
  const order = [...errors.keys()].sort((i, j) => errors[j]! - errors[i]!);
  return Float32Array.from(order.slice(0, CLASSES), (i) => logits[i]!);
}

async function worstTotal(labels: Labels, gamma: number, logits: Float32Array, { classFirst, copies }: Layout) {
  const shape = classFirst ? [1, CLASSES, copies] : [copies, CLASSES];
  const all = Float32Array.from(
    { length: CLASSES * copies },
    (_, i) => logits[classFirst ? Math.floor(i / copies) : i % CLASSES]!,
  );
  const { sums } = await run(batchOf(labels, gamma, all, shape, ['gradients', 'per_class']));
  const { sums: ofOne } = referenceEvaluation(batchOf(labels, gamma, logits, [1, CLASSES], ['per_class']));
  let worst = 0;
  // The gradients of soft labels have roots, near which a total's error has no relative bound.
  for (const field of SUM_FIELDS.slice(0, 4)) {
    if (field === 'gradient_l1' && !labels.isHard) continue;
    for (const side of SIDES) {
      const totals = readSums(sums, side, field);
      readSums(ofOne, side, field).forEach((truth, c) => {
        if (truth >= SMALLEST_NORMAL) worst = Math.max(worst, Math.abs(totals[c]! / copies / truth - 1));
      });
    }
  }
  return worst;
}

function batchOf(
  { label, options }: Labels,
  gamma: number,
  logits: Float32Array,
  shape: readonly number[],
  outputs: readonly string[],
) {
  const labelShape = label < 0 ? shape.toSpliced(1, 1) : shape;
  const labels = new Float64Array(label < 0 ? logits.length / shape[1]! : logits.length).fill(label);
  const all = { class_axis: 1, alpha: null, reduction: 'sum', outputs, ...options };
  return logitsBatch(shape, logits, labelShape, labels, { gamma }, all);
}
