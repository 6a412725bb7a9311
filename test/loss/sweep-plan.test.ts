import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ValidationIssues } from '../../src/core/validation-issues.ts';
import type { Batch } from '../../src/loss/batch.ts';
import { readSums, SUMS_PER_CLASS, totalOf } from '../../src/loss/class-sums.ts';
import { type Evaluation, emptyEvaluation } from '../../src/loss/evaluation.ts';
import { evaluationCount, hyperParametersAt } from '../../src/loss/hyper-parameters.ts';
import { countLabels } from '../../src/loss/label-counts.ts';
import { optionsSchema } from '../../src/loss/options.ts';
import { prepareBatch } from '../../src/loss/prepare-batch.ts';
import { evaluateReference } from '../../src/loss/reference.ts';
import { type AlphaChoice, resolveAlpha } from '../../src/loss/resolve-alpha.ts';
import { planSweep, type RequestedAlpha, type SweepPlan } from '../../src/loss/sweep-plan.ts';
import type { SweepPoint } from '../../src/loss/sweep-result.ts';
import { summarizeSweep } from '../../src/loss/sweep-summary.ts';
import { mulberry32 } from '../harness/mulberry32.ts';
import { close } from '../helpers/loss/derivatives.ts';

const SAMPLES = 12;
const CLASSES = 3;
const GAMMAS = [0, 0.5, 2, 5];
const random = mulberry32(7);
const numbers = (length: number, next: () => number) => Array.from({ length }, next);
const LOGITS = numbers(SAMPLES * CLASSES, () => 8 * random() - 4);
const PROBABILITIES = {
  sigmoid: LOGITS.map((x) => 1 / (1 + Math.exp(-x))),
  softmax: LOGITS.map((_, i) => [0.2, 0.5, 0.3][(i + Math.floor(i / CLASSES)) % CLASSES]!),
};
const INDICES = numbers(SAMPLES, () => Math.floor(random() * CLASSES)).with(3, -100);
const LABELS = {
  indices: INDICES,
  'one-hot': INDICES.flatMap((label) => numbers(CLASSES, () => 0).map((_, c) => (label < 0 ? label : +(c === label)))),
  soft: numbers(SAMPLES * CLASSES, random)
    .with(4, 1)
    .with(8, 0),
};
type LabelKind = keyof typeof LABELS;

interface Case {
  readonly activation: 'sigmoid' | 'softmax';
  readonly source: 'logits' | 'probabilities';
  readonly labels: LabelKind;
  readonly options?: object;
}

function batchOf({ activation, source, labels, options }: Case, gamma = 2, alpha?: AlphaChoice): Batch {
  const perSample = labels === 'indices';
  const predictions = source === 'logits' ? LOGITS : PROBABILITIES[activation];
  const batch = prepareBatch(optionsSchema.parse({ activation, normalizer: 'positives', outputs: [], ...options }), {
    source,
    predictions: { format: 'F32', shape: [SAMPLES, CLASSES], values: Float32Array.from(predictions) },
    labels: { shape: perSample ? [SAMPLES] : [SAMPLES, CLASSES], values: Float64Array.from(LABELS[labels]) },
    sample_weights: { shape: [SAMPLES], values: Float32Array.from({ length: SAMPLES }, (_, i) => (i % 4) / 2) },
    class_weights: { shape: [CLASSES], values: Float64Array.of(1, 0.5, 3) },
    gamma,
    alpha,
  });
  return { ...batch, gradientSquares: true };
}

const sumsOf = (batch: Batch) => referenceEvaluation(batch).sums;
const referenceEvaluation = (batch: Batch): Evaluation<Float64Array> =>
  evaluateReference(
    batch,
    emptyEvaluation(batch, (length) => new Float64Array(length)),
  );

const ALPHAS: RequestedAlpha[] = [null, 0.25, 0.5, 0, 1, [0.1, 0.9, 0.4], [0.3, 0.3, 0.3], { balanced: true }];
const choiceOf = (sent: RequestedAlpha): AlphaChoice =>
  Array.isArray(sent) ? { shape: [sent.length], values: Float64Array.from(sent) } : sent;

function sweepOf(batch: Batch) {
  const context = {
    activation: batch.activation,
    softLabels: batch.softLabels,
    classes: CLASSES,
    countLabels: () => countLabels(batch.labels, batch.layout),
    issues: new ValidationIssues(),
  };
  const alphas = ALPHAS.map((given) => ({ ...resolveAlpha('alpha', choiceOf(given), context), given }));
  return planSweep(batch, GAMMAS, alphas);
}

function hyperParametersOf({ hyperParameters }: SweepPlan) {
  const count = evaluationCount(hyperParameters, CLASSES);
  return Array.from({ length: count }, (_, i) => hyperParametersAt(hyperParameters, CLASSES, i));
}

/** The expected point, from a separate evaluation of its γ and α. */
function byItself(given: Case, gamma: number, sent: RequestedAlpha): Omit<SweepPoint, 'gamma' | 'alpha'> {
  const batch = batchOf(given, gamma, choiceOf(sent));
  const sums = sumsOf(batch);
  const positive = (field: 'loss' | 'gradient_l1') =>
    readSums(sums, 'positive', field).reduce((sum, value) => sum + value, 0);
  const shares = (field: 'loss' | 'gradient_l1') => {
    const negatives = readSums(sums, 'negative', field);
    return Array.from(readSums(sums, 'positive', field), (sum, c) => (sum + negatives[c]!) / totalOf(sums, field));
  };
  const [loss, gradient, squares] = (['loss', 'gradient_l1', 'gradient_squares'] as const).map((field) =>
    totalOf(sums, field),
  ) as [number, number, number];
  return {
    ...(batch.schemeAlpha && { alpha_weights: [...batch.schemeAlpha] }),
    loss: loss / batch.denominator,
    positive_share: { loss: positive('loss') / loss, gradient_l1: positive('gradient_l1') / gradient },
    gradient_norm: Math.sqrt(squares) / batch.denominator,
    effective_examples: gradient ** 2 / squares,
    class_loss_shares: shares('loss'),
    class_gradient_shares: shares('gradient_l1'),
  };
}

/** A point as responses have it: NaN is null, and columns are arrays. */
function inJson(point: unknown): unknown {
  return JSON.parse(JSON.stringify(point, (_, value) => (value instanceof Float64Array ? [...value] : value)));
}

/** Every number to 1e-12; a share of nothing is null here and NaN there. */
function assertSame(actual: unknown, expected: unknown, where: string): void {
  if (typeof expected === 'object' && expected !== null) {
    assert.deepEqual(Object.keys(actual as object), Object.keys(expected), where);
    for (const [key, value] of Object.entries(expected)) {
      assertSame((actual as Record<string, unknown>)[key], value, `${where} ${key}`);
    }
  } else if (Number.isNaN(expected)) assert.equal(actual, null, where);
  else close(actual as number, expected as number, 1e-12);
}

/** The number of evaluations per γ that the eight α need. */
const CASES: [Case, number][] = [
  [{ activation: 'sigmoid', source: 'logits', labels: 'indices' }, 1],
  [{ activation: 'sigmoid', source: 'logits', labels: 'one-hot' }, 1],
  [{ activation: 'sigmoid', source: 'probabilities', labels: 'one-hot' }, 1],
  [{ activation: 'sigmoid', source: 'logits', labels: 'soft' }, 7],
  [{ activation: 'sigmoid', source: 'logits', labels: 'soft', options: { soft_labels: 'termwise' } }, 7],
  [{ activation: 'sigmoid', source: 'logits', labels: 'indices', options: { label_smoothing: 0.1 } }, 7],
  [{ activation: 'sigmoid', source: 'probabilities', labels: 'soft' }, 7],
  [{ activation: 'softmax', source: 'logits', labels: 'indices' }, 3],
  [{ activation: 'softmax', source: 'logits', labels: 'soft', options: { label_smoothing: 0.1 } }, 3],
  [{ activation: 'softmax', source: 'probabilities', labels: 'indices' }, 1],
  [{ activation: 'softmax', source: 'probabilities', labels: 'soft' }, 1],
];
for (const [given, evaluations] of CASES) {
  const { activation, source, labels, options } = given;
  const name = `${activation}, ${source}, ${labels} ${options ? JSON.stringify(options) : ''}`;
  test(`${name}: ${evaluations} evaluations per gamma give the results of one for each pair`, () => {
    const batch = batchOf(given);
    const plan = sweepOf(batch);
    assert.equal(evaluationCount(plan.hyperParameters, CLASSES), evaluations * GAMMAS.length);
    const sums = Float64Array.from(hyperParametersOf(plan).flatMap((point) => [...sumsOf({ ...batch, ...point })]));
    assert.equal(sums.length, evaluations * GAMMAS.length * CLASSES * SUMS_PER_CLASS);
    const points = [...summarizeSweep(batch, plan, sums)];
    const pairs = GAMMAS.flatMap((gamma) => ALPHAS.map((alpha) => ({ gamma, alpha })));
    assert.equal(points.length, pairs.length);
    pairs.forEach(({ gamma, alpha }, i) => {
      const { gamma: itsGamma, alpha: itsAlpha, ...point } = points[i]!;
      assert.deepEqual([itsGamma, itsAlpha], [gamma, alpha]);
      assertSame(inJson(point), byItself(given, gamma, alpha), `${gamma} ${JSON.stringify(alpha)}`);
    });
  });
}

test('the norm and the effective number of examples are those of the gradients themselves', () => {
  for (const activation of ['sigmoid', 'softmax'] as const) {
    const batch = { ...batchOf({ activation, source: 'logits', labels: 'indices' }), outputs: ['gradients'] as const };
    const plan = planSweep(batch, [2], [{ weights: undefined, fromScheme: false, given: null }]);
    const { arrays, sums } = referenceEvaluation({ ...batch, ...hyperParametersOf(plan)[0]! });
    const [point] = summarizeSweep(batch, plan, sums);
    const gradients = [...arrays.gradients!];
    const squares = gradients.reduce((sum, g) => sum + g * g, 0);
    close(point!.gradient_norm, Math.sqrt(squares), 1e-14);
    close(point!.effective_examples!, gradients.reduce((sum, g) => sum + Math.abs(g), 0) ** 2 / squares, 1e-14);
  }
});

test('without any contribution, shares are null', () => {
  const batch = batchOf({ activation: 'sigmoid', source: 'logits', labels: 'indices' });
  const plan = planSweep(batch, [1], [{ weights: undefined, fromScheme: false, given: null }]);
  const [point] = summarizeSweep({ ...batch, denominator: 0 }, plan, new Float64Array(CLASSES * SUMS_PER_CLASS));
  assert.deepEqual(inJson(point), {
    gamma: 1,
    alpha: null,
    loss: 0,
    positive_share: { loss: null, gradient_l1: null },
    gradient_norm: 0,
    effective_examples: null,
    class_loss_shares: [null, null, null],
    class_gradient_shares: [null, null, null],
  });
});
