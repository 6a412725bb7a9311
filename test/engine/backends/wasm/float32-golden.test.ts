import assert from 'node:assert/strict';
import { test } from 'node:test';
import { wasmBackend } from '../../../../src/engine/backends/wasm/wasm-backend.ts';
import type { Batch } from '../../../../src/loss/batch.ts';
import { SUM_FIELDS, totalOf } from '../../../../src/loss/class-sums.ts';
import type { Output } from '../../../../src/loss/options.ts';
import { pseudorandom, run, SMALLEST_NORMAL } from '../../../helpers/engine/batches.ts';
import { gradientTerms } from '../../../helpers/engine/gradient-terms.ts';
import { batchOfRequest, flat, type Nested } from '../../../helpers/engine/request-batches.ts';
import {
  bySample,
  type ClassLayout,
  copiesOf,
  float32Golden,
  type GoldenCase,
  golden,
  LAYOUTS,
  oneHot,
  tiled,
} from '../../../helpers/engine/tiled-golden.ts';
import { TOLERANCES } from '../../../helpers/engine/tolerance.ts';

// The float32 kernels against 60-digit results. Most of them do not serve batches as short as these cases, so the samples of a
// case are repeated. Errors of gradients are relative to the sum of the magnitudes of their terms.

await wasmBackend.start();

const { arrays, totals } = TOLERANCES.wasm;

/** What a training step requests, and the losses of elements with it. */
const OUTPUTS: readonly (readonly Output[])[] = [
  ['gradients', 'per_class'],
  ['gradients', 'per_class', 'elementwise'],
];

const { cases, totals: totalsOfMany } = float32Golden();

/** Labels that are decimals are rounded to float32, which changes the result by more than is allowed here. */
const hasFloat32Inputs = ({ request }: GoldenCase) =>
  'logits' in request && flat(request.labels as number[]).every((label) => label === Math.fround(label));

const ALL = [...golden().filter(hasFloat32Inputs), ...cases, ...cases.flatMap(oneHot)];

for (const layout of LAYOUTS) {
  for (const activation of ['sigmoid', 'softmax'] as const) {
    test(`${activation}, ${layout}: losses, gradients and sums of repeated samples are the 60-digit ones`, async (t) => {
      const served = ALL.filter(({ request }) => (request.activation ?? 'sigmoid') === activation);
      let worst = 0;
      let float32 = 0;
      for (const each of served) {
        worst = Math.max(worst, await check(each, layout));
        if (!isServedInFloat32(each, layout)) continue;
        float32 += 1;
        await assertFloat32(each, layout);
      }
      t.diagnostic(`${served.length} cases, ${float32} in float32: worst relative error ${worst.toExponential(1)}`);
    });
  }
}

for (const { name, request, samples, classes, expect } of totalsOfMany) {
  test(`${name}: totals are the 60-digit ones`, async () => {
    const random = pseudorandom(classes);
    const logits = Array.from({ length: samples }, () =>
      Array.from({ length: classes }, () => (Math.floor(random.next().value * 2 ** 24) - 2 ** 23) / 2 ** 20),
    );
    const labels = logits.map((_, sample) => sample % classes);
    for (const layout of LAYOUTS) {
      const whole = tiled({ ...request, logits, labels, reduction: 'sum' }, 1, layout);
      const { sums } = await run(batchOfRequest(whole, ['gradients', 'per_class']));
      for (const [field, expected] of Object.entries(expect)) {
        const total = totalOf(sums, field as keyof typeof expect);
        worstError([total], [Number(expected)], { allowed: totals, place: `${layout}, ${field}` });
      }
    }
  });
}

/** Compares everything that a case expects, and returns the worst error. */
async function check({ request, expect, name }: GoldenCase, layout: ClassLayout): Promise<number> {
  const copies = copiesOf(request);
  const once = batchOfRequest(request, ['gradients']);
  const { classes } = once.layout;
  const losses = flat(expect.elementwise!);
  let worst = 0;
  for (const outputs of OUTPUTS) {
    const batch = batchOfRequest(tiled(request, copies, layout), outputs);
    const { arrays: actual, sums } = await run(batch);
    const rescaled = Number(expect.denominator ?? 1) / batch.denominator;
    const gradients = flat(expect.gradients!).map((gradient) => gradient * rescaled);
    const terms = gradientTerms(once).map((term) => (term * once.denominator) / batch.denominator);
    const place = (what: string) => ({ allowed: arrays, place: `${name}, ${layout}, ${outputs}: ${what}` });
    const l1 = copies * batch.denominator * sum(gradients.map(Math.abs));
    worst = Math.max(
      worst,
      worstError(bySample(actual.gradients!, classes, layout), gradients, { ...place('gradients'), terms }),
      worstError([totalOf(sums, 'loss')], [copies * sum(losses)], place('total loss')),
      worstError([totalOf(sums, 'gradient_l1')], [l1], place('total of |gradient|')),
    );
    if (!actual.elementwise) continue;
    const perSample = batch.activation === 'softmax' ? 1 : classes;
    worst = Math.max(worst, worstError(bySample(actual.elementwise, perSample, layout), losses, place('losses')));
  }
  return worst;
}

interface Comparison {
  readonly allowed: number;
  readonly place: string;
  /** What errors are relative to where it is larger than the value. */
  readonly terms?: ArrayLike<number>;
}

/** Compares repeated values with those that are repeated. Where these are not normal float32s, the former must be as small. */
function worstError(
  actual: ArrayLike<number>,
  expected: readonly number[],
  { allowed, place, terms = expected }: Comparison,
): number {
  let worst = 0;
  for (let i = 0; i < actual.length; i++) {
    const at = i % expected.length;
    const truth = expected[at]!;
    const error = Math.abs(actual[i]! - truth);
    if (Math.abs(truth) < SMALLEST_NORMAL && error <= SMALLEST_NORMAL) continue;
    const relative = error / Math.max(Math.abs(truth), Math.abs(terms[at]!));
    if (!(relative <= allowed)) assert.fail(`${place}[${i}]: ${actual[i]} where ${truth} is right`);
    worst = Math.max(worst, relative);
  }
  return worst;
}

/** What docs/explanation/accuracy.md says of float32. There may be more of it. */
function isServedInFloat32({ request }: GoldenCase, layout: ClassLayout): boolean {
  const { activation, gamma, labels, labelSmoothing, layout: shape, softLabels } = batchOfRequest(request, ['loss']);
  const { positive } = gamma;
  const isSoft = labelSmoothing > 0 || !labels.every(Number.isInteger);
  const isUniform = positive.every((each) => each === positive[0]);
  if (activation === 'sigmoid') {
    const hasVectors = layout === 'class first' || shape.classes >= 4;
    const maxGamma = Math.max(...positive);
    const hasSmallLogits = flat(request.logits as Nested).every(
      (logit) => Math.abs(logit) <= 85 / (1 + Math.max(1, maxGamma)),
    );
    return hasVectors && maxGamma <= 10 && hasSmallLogits && (!isSoft || softLabels === 'interpolated');
  }
  const isSmallGamma = isUniform && [0, 1, 2, 3].includes(positive[0]!);
  return !isSoft || (layout === 'class last' && shape.classes >= 16 && isSmallGamma);
}

/** Batches of which the Hessian is requested are evaluated in float64. The same kernel would give the same sums. */
async function assertFloat32({ request, name }: GoldenCase, layout: ClassLayout): Promise<void> {
  const whole = tiled(request, copiesOf(request), layout);
  for (const outputs of OUTPUTS) {
    const inFloat64 = await sumsOf(batchOfRequest(whole, [...outputs, 'hessian']));
    const sums = await sumsOf(batchOfRequest(whole, outputs));
    const differs = sums.some((each, i) => Math.abs(each - inFloat64[i]!) > FLOAT64_ERROR * Math.abs(inFloat64[i]!));
    assert.ok(differs, `${name}, ${layout}, ${outputs}: evaluated in float64`);
  }
}

/** Adding up in another order changes a sum by 1e-14, and float32 by 2e-10 and more. */
const FLOAT64_ERROR = 1e-12;

/** Without what is counted. */
async function sumsOf(batch: Batch): Promise<Float64Array> {
  const { sums } = await run(batch);
  const counts = ['count', 'predicted_positive'].map((field) => SUM_FIELDS.indexOf(field as 'count'));
  return sums.filter((_, i) => !counts.includes(i % SUM_FIELDS.length));
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
