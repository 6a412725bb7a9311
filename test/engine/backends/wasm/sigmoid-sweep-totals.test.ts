import assert from 'node:assert/strict';
import { test } from 'node:test';
import { wasmBackend } from '../../../../src/engine/backends/wasm/wasm-backend.ts';
import { type ClassSums, readSums, SIDES } from '../../../../src/loss/class-sums.ts';
import { logitsBatch, pseudorandom, referenceEvaluation, SMALLEST_NORMAL } from '../../../helpers/engine/batches.ts';
import { sumOfEqual } from '../../../helpers/engine/sums-of-equal.ts';
import { evaluateSweep } from '../../../helpers/engine/sweeps.ts';
import { TOLERANCES } from '../../../helpers/engine/tolerance.ts';

// Totals of few equal elements in sweeps with hard labels, which float32 adds up to 16 at a time. Each of 1024 classes has one
// logit, in all of its samples: of many random ones that whose total is off by most, if the kernel's value of one is added up one
// at a time or two at a time.

await wasmBackend.start();

const GAMMAS = [0, 0.5, 1, 1.5, 2, 2.5, 3, 3.5, 4, 4.5, 5];
const CLASSES = 1024;
const ROUNDS = 12;
// α multiplies sums in float64.
const GRID = { hardLabels: true, alphaAt: () => 1 };
const FIELDS = ['loss', 'cross_entropy', 'gradient_l1', 'pt'] as const;

/** The labels of the samples, `[samples, classes]` or `[1, classes, samples]`. */
const BATCHES = [
  { name: 'negatives', classFirst: false, labels: new Array<number>(16).fill(0) },
  { name: 'positives', classFirst: false, labels: new Array<number>(16).fill(1) },
  { name: 'an odd number', classFirst: false, labels: new Array<number>(13).fill(1) },
  { name: 'one of four positive', classFirst: true, labels: Array.from({ length: 64 }, (_, i) => Number(i % 4 === 0)) },
  { name: 'three of four positive', classFirst: true, labels: Array.from({ length: 64 }, (_, i) => Number(i % 4 > 0)) },
];

for (const { name, classFirst, labels } of BATCHES) {
  test(`${name}: totals of few equal logits whose errors add up`, async (t) => {
    const candidates = await evaluateCandidates(labels[1]!);
    let worst = 0;
    for (const field of ['loss', 'gradient_l1'] as const) {
      for (const [i, gamma] of GAMMAS.entries()) {
        const logits = worstLogits(candidates, i, field);
        const { sums, truths } = await totalsOf(logits, labels, classFirst, gamma);
        for (const side of SIDES) {
          for (const total of FIELDS) {
            const error = Math.max(...errorsOf(readSums(sums, side, total), readSums(truths, side, total)));
            assert.ok(error <= TOLERANCES.wasm.arrays, `${side} ${total}, gamma ${gamma}: ${error}`);
            worst = Math.max(worst, error);
          }
        }
      }
    }
    t.diagnostic(`worst relative error ${worst.toExponential(1)}`);
  });
}

interface Candidates {
  readonly side: (typeof SIDES)[number];
  /** Of each γ, the sums of one element of each logit. */
  readonly rounds: readonly { logits: Float32Array; sums: ClassSums[]; truths: ClassSums[] }[];
}

async function evaluateCandidates(label: number): Promise<Candidates> {
  const random = pseudorandom(31);
  const rounds = [];
  for (let i = 0; i < ROUNDS; i++) {
    const logits = Float32Array.from({ length: CLASSES }, () => 28 * random.next().value - 14);
    // Float32 adds four equal numbers without an error, two at a time.
    const all = await evaluateSweep(batchOf(logits, new Array<number>(4).fill(label), false), GAMMAS, GRID);
    const sums = all.map((each) => each.sums.map((sum) => sum / 4));
    rounds.push({
      logits,
      sums,
      truths: all.map(({ evaluated }) => referenceEvaluation(evaluated).sums.map((s) => s / 4)),
    });
  }
  return { side: label === 1 ? 'positive' : 'negative', rounds };
}

/** The logits of which sums of 16 are off by most. */
function worstLogits({ side, rounds }: Candidates, gamma: number, field: 'loss' | 'gradient_l1') {
  const all = rounds.flatMap(({ logits, sums, truths }) => {
    const values = readSums(sums[gamma]!, side, field);
    const exact = readSums(truths[gamma]!, side, field);
    const once = errorsOf(
      values.map((value) => sumOfEqual(value, 16, 1) / 16),
      exact,
    );
    const twice = errorsOf(
      values.map((value) => sumOfEqual(value, 16, 2) / 16),
      exact,
    );
    return Array.from(logits, (logit, c) => ({ logit, error: Math.max(once[c]!, twice[c]!) }));
  });
  return Float32Array.from(all.sort((a, b) => b.error - a.error).slice(0, CLASSES), ({ logit }) => logit);
}

async function totalsOf(logits: Float32Array, labels: readonly number[], classFirst: boolean, gamma: number) {
  const [swept] = await evaluateSweep(batchOf(logits, labels, classFirst), [gamma], GRID);
  assert.equal(swept!.kernel, 'hard');
  return { sums: swept!.sums, truths: referenceEvaluation(swept!.evaluated).sums };
}

/** Relative; 0 where the total is no normal float32. */
function errorsOf(totals: Float64Array, truths: Float64Array): number[] {
  return Array.from(truths, (truth, c) => (truth < SMALLEST_NORMAL ? 0 : Math.abs(totals[c]! / truth - 1)));
}

function batchOf(logits: Float32Array, labels: readonly number[], classFirst: boolean) {
  const samples = labels.length;
  const shape = classFirst ? [1, CLASSES, samples] : [samples, CLASSES];
  const indices = Array.from({ length: CLASSES * samples }, (_, i) =>
    classFirst ? [Math.floor(i / samples), i % samples] : [i % CLASSES, Math.floor(i / CLASSES)],
  );
  const all = Float32Array.from(indices, ([c]) => logits[c!]!);
  const labelsOfAll = Float64Array.from(indices, ([, sample]) => labels[sample!]!);
  return logitsBatch(shape, all, shape, labelsOfAll, {}, { class_axis: 1, reduction: 'sum', outputs: [] });
}
