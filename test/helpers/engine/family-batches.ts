import { logitsBatch } from './batches.ts';
import { softmaxRows } from './hard-magnitudes.ts';
import { asProbabilities, makeBatch, type NamedBatch, perClass, perElement } from './layout-batches.ts';

/** A member of the focal family, or several options of it together. */
interface Member {
  readonly activation?: 'softmax';
  readonly labels: readonly ('index' | 'dense' | 'soft')[];
  readonly options?: object;
  /** Whether each side has a γ of its own. */
  readonly sides?: true;
  /** Whether elements have weights, and samples as well. */
  readonly weights?: 'elements' | 'both';
}

const LAYOUTS = [{ shape: [11, 5] }, { shape: [3, 5, 7], axis: 1 }];
const HARD = ['index', 'dense'] as const;
const SIDES = {
  positive: { shape: [5], values: Float64Array.of(0, 1.5, 1, 2, 3.7) },
  negative: { shape: [5], values: Float64Array.of(4, 0, 2, 0.5, 1) },
};

const detached = { focusing: 'detached' };
const detachedHessian = { hessian_form: 'detached' };
const poly = { poly_epsilon: -5 }; // Sums are negative.
const together = { soft_labels: 'termwise', margin: 0.05, ...poly };

const MEMBERS: readonly Member[] = [
  { labels: HARD, sides: true },
  { labels: [...HARD, 'soft'], weights: 'elements' },
  { labels: HARD, weights: 'both' },
  { labels: ['soft'], weights: 'both' },
  { labels: HARD, options: { margin: 0.05 } },
  { labels: ['index'], options: { margin: 0.3 }, sides: true },
  { labels: HARD, options: poly },
  { labels: HARD, options: together, sides: true },
  { labels: ['soft'], options: { ...together, label_smoothing: 0.1 }, sides: true },
  { labels: ['soft'], options: { ...together, ...detached }, sides: true },
  { labels: [...HARD, 'soft'], options: { soft_labels: 'varifocal' } },
  { labels: ['soft'], options: { soft_labels: 'varifocal', ...detached } },
  { labels: [...HARD, 'soft'], options: { soft_labels: 'matchability', ...detachedHessian } },
  { labels: ['soft'], options: { soft_labels: 'matchability' } },
  { labels: HARD, options: detached },
  { labels: HARD, options: detachedHessian },
  { labels: ['soft'], options: { soft_labels: 'quality', ...detached } },
  { labels: ['soft'], options: { soft_labels: 'quality', ...detachedHessian } },
  { labels: ['soft'], options: detached },
  { labels: ['soft'], options: detachedHessian, weights: 'elements' },
  { activation: 'softmax', labels: [...HARD, 'soft'], options: poly },
  { activation: 'softmax', labels: HARD, options: { ...poly, ...detached } },
  { activation: 'softmax', labels: ['soft'], options: { ...poly, ...detached } },
  { activation: 'softmax', labels: [...HARD, 'soft'], options: detached },
  { activation: 'softmax', labels: HARD, options: detachedHessian },
  { activation: 'softmax', labels: ['soft'], options: { ...detachedHessian, label_smoothing: 0.1 } },
];

/** Every option of the focal family, alone and with others. */
export function* familyBatches(): Generator<NamedBatch> {
  for (const { activation, labels, options = {}, sides, weights } of MEMBERS) {
    for (const kind of labels) {
      for (const layout of LAYOUTS) {
        const isQuality = 'soft_labels' in options && options.soft_labels === 'quality';
        const tensors = {
          ...perClass(layout),
          ...(weights === 'elements' && { sample_weights: undefined }),
          ...(weights && perElement(layout)),
          ...(sides ? { gamma: SIDES } : isQuality && { gamma: 2 }),
        };
        const batch = makeBatch(layout, kind, { activation, reduction: 'sum', ...options }, tensors);
        const name = JSON.stringify({ activation, kind, sides, weights, ...options });
        yield { name, batch };
        yield { name: `${name}, probabilities`, batch: asProbabilities(batch) };
      }
    }
  }
}

const MARGINS = [1e-6, 0.05, 0.5, 0.999];
const FROM_MARGIN = [0, 1e-6, 1e-5, 1e-3, 0.009, 0.011, 0.2, 0.99, 1.01].flatMap((d) => [d, -d]);
const SIZES = [0, 0.3, 1, 8.4, 18, 37, 88, 104, 1e4, 1e38].flatMap((x) => [x, -x]);
const PROBABILITIES = [0, 1e-38, 1e-20, 1e-7, 0.01, 0.2, 0.5, 0.77, 0.99, 1 - 2 ** -23, 1];

/** Predictions of all sizes, and those nearest to the margin, each with a positive and a negative label. */
function* marginBatches(): Generator<NamedBatch> {
  for (const margin of MARGINS) {
    const atMargin = Math.log(margin) - Math.log1p(-margin);
    const predictions = {
      logits: [...FROM_MARGIN.map((d) => atMargin + d), ...SIZES],
      probabilities: [...FROM_MARGIN.map((d) => Math.min(1, Math.max(0, margin * (1 + d)))), ...PROBABILITIES],
    };
    for (const source of ['logits', 'probabilities'] as const) {
      const pairs = predictions[source].flatMap((x) => [x, x]);
      const samples = predictions[source].length;
      const labels = new Array<number>(samples).fill(0);
      const weights = { sample_weights: { shape: [samples], values: new Float64Array(samples).fill(1) } };
      for (const gamma of [0, 0.5, 4, 1e4]) {
        const tensors = { ...weights, source, gamma: { positive: gamma / 4, negative: gamma } };
        const batch = logitsBatch([samples, 2], pairs, [samples], labels, tensors, { reduction: 'sum', margin });
        yield { name: `margin ${margin}, gamma ${gamma}, ${source}`, batch };
      }
    }
  }
}

const LABELS = [0, 1e-30, 1e-4, 0.3, 0.49, 0.51, 0.75, 0.999, 1 - 2 ** -24, 1];

/** Every logit with every label. */
function* ownPositiveBatches(): Generator<NamedBatch> {
  const logits = LABELS.flatMap(() => SIZES);
  const labels = LABELS.flatMap((label) => SIZES.map(() => label));
  const shape = [logits.length];
  const weights = { sample_weights: { shape, values: new Float64Array(logits.length).fill(1) } };
  for (const soft_labels of ['varifocal', 'matchability']) {
    for (const gamma of [0, 1e-9, 0.3, 1, 2, 10, 1e4]) {
      const options = { reduction: 'sum', soft_labels, ...(soft_labels === 'varifocal' && detached) };
      const batch = logitsBatch(shape, logits, shape, labels, { ...weights, gamma }, options);
      yield { name: `${soft_labels}, gamma ${gamma}`, batch };
    }
  }
}

/** Gaps between logits from 0 to beyond the range of e^−x. */
function* softmaxPolyBatches(): Generator<NamedBatch> {
  for (const classes of [2, 3, 33]) {
    const { logits, labels } = softmaxRows(classes);
    for (const gamma of [0, 0.5, 2]) {
      for (const poly_epsilon of [1, -0.5]) {
        const options = { activation: 'softmax', reduction: 'sum', poly_epsilon };
        const batch = logitsBatch([labels.length, classes], logits, [labels.length], labels, { gamma }, options);
        yield { name: `poly_epsilon ${poly_epsilon}, gamma ${gamma}, ${classes} classes`, batch };
      }
    }
  }
}

/** Extremes of the options that have formulas of their own. */
export function* extremeFamilyBatches(): Generator<NamedBatch> {
  yield* marginBatches();
  yield* ownPositiveBatches();
  yield* softmaxPolyBatches();
}
