import type { HyperParameterGrid } from '../../../src/loss/hyper-parameters.ts';
import { fromLogit, fromProbability } from '../../../src/loss/log-probabilities.ts';
import { smoothedLabel } from '../../../src/loss/smoothed-label.ts';
import { termMagnitudes } from '../../harness/soft-magnitudes.ts';
import { logitsBatch, pseudorandom } from './batches.ts';
import type { Magnitudes } from './conformance.ts';
import {
  allows,
  asProbabilities,
  IGNORE,
  makeBatch,
  type NamedBatch,
  perClass,
  SHAPES,
  SUBSETS,
} from './layout-batches.ts';

const ACTIVATIONS = ['sigmoid', 'softmax'] as const;
const KINDS = ['index', 'dense', 'soft'] as const;
const FORMS_OF_ANY_GAMMA = ['interpolated', 'termwise'] as const;
const FORMS = [...FORMS_OF_ANY_GAMMA, 'quality'] as const;

/** Under softmax labels have no quality. */
const formsOf = (activation: string) => (activation === 'softmax' ? FORMS_OF_ANY_GAMMA : FORMS);

/** Every layout, kind of label and option, each with some of the others. */
export function* optionBatches(): Generator<NamedBatch> {
  for (const activation of ACTIVATIONS) {
    const base = { activation, reduction: 'sum' };
    for (const labels of KINDS) {
      for (const layout of SHAPES.filter((shape) => allows(activation, shape))) {
        for (const options of [base, { ...base, label_smoothing: 0.1 }]) {
          const batch = makeBatch(layout, labels, options);
          const name = `${activation}, ${labels}, [${layout.shape}], ${JSON.stringify(options)}`;
          yield { name, batch };
          yield { name: `${name}, probabilities`, batch: asProbabilities(batch) };
        }
      }
      for (const layout of [{ shape: [11, 5] }, { shape: [3, 5, 7], axis: 1 }]) {
        for (const soft_labels of formsOf(activation)) {
          const options = { activation, normalizer: 'weights', soft_labels };
          yield { name: JSON.stringify(options), batch: makeBatch(layout, labels, options, perClass(layout)) };
        }
      }
    }
    for (const [i, outputs] of SUBSETS.entries()) {
      for (const layout of [{ shape: [7, 5] }, { shape: [3, 2, 9], axis: 1 }]) {
        const labels = KINDS[i % KINDS.length]!;
        const batch = makeBatch(layout, labels, { ...base, outputs });
        yield { name: `${activation}, ${labels}, ${outputs}`, batch };
        if (i % 2 === 0) continue;
        yield { name: `${activation}, ${labels}, ${outputs}, squares`, batch: { ...batch, gradientSquares: true } };
      }
    }
  }
}

/**
 * Every γ with logits of all sizes that a float32 has.
 *
 * @param smallest size of a logit that is not 0
 */
export function* extremeBatches(smallest: number): Generator<NamedBatch> {
  const random = pseudorandom(7);
  const next = () => random.next().value;
  const logit = () => {
    const [kind, sign] = [next(), next() < 0.5 ? -1 : 1];
    if (kind < 0.1) return 0;
    if (kind < 0.2) return sign * 3.4028234663852886e38;
    const size = kind < 0.6 ? 10 ** (next() * 83 - 45) : next() * 100;
    return size < smallest ? 0 : sign * size;
  };
  for (const activation of ACTIVATIONS) {
    const options = { activation, reduction: 'sum', outputs: ['gradients', 'elementwise', 'per_class'] };
    for (const classes of activation === 'softmax' ? [2, 5] : [1, 2, 5]) {
      const shape = [500, classes];
      const logits = Array.from({ length: 500 * classes }, logit);
      const indices = Array.from({ length: 500 }, () => Math.floor(next() * Math.max(2, classes)));
      const soft = logits.map(() => Math.min(1, Math.max(0, next() * 1.4 - 0.2)));
      for (const gamma of [0, 1e-30, 0.3, 7.7, 1e4, 1e38]) {
        const tensors = { gamma, alpha: 0.1 };
        const name = `${activation}, gamma ${gamma}, ${classes} classes`;
        yield { name, batch: logitsBatch(shape, logits, [500], indices, tensors, options) };
        for (const form of gamma === 0 || gamma >= 1 ? formsOf(activation) : FORMS_OF_ANY_GAMMA) {
          const batch = logitsBatch(shape, logits, shape, soft, tensors, { ...options, soft_labels: form });
          yield { name: `${name}, ${form}`, batch };
        }
      }
    }
  }
}

/**
 * Sums of many terms: of one class, and of equal terms, whose float32 sum would be off by percents. The errors of equal terms do
 * not average out.
 */
export function* longBatches(): Generator<NamedBatch & { readonly termsDiffer: boolean }> {
  const random = pseudorandom();
  const logits = Array.from({ length: 200_001 }, () => (random.next().value - 0.5) * 20);
  const labels = logits.map((_, i) => (i % 17 === 0 ? IGNORE : Number(i % 5 === 0)));
  yield { name: 'one class', batch: logitsBatch([logits.length], logits, [logits.length], labels), termsDiffer: true };
  const equal = new Float32Array(3_000_000).fill(0.1);
  const shape = [equal.length];
  const batch = logitsBatch(shape, equal, shape, equal, {}, { outputs: ['loss'] });
  yield { name: 'equal terms', batch, termsDiffer: false };
}

/** Batches with the hyperparameters of a sweep: one that takes several kernel calls on most backends, and a small one. */
export function* sweptBatches(): Generator<NamedBatch & { readonly hyperParameters: HyperParameterGrid }> {
  const classes = 7;
  const hyperParameters = {
    gammas: Float64Array.of(0, 2, 0.7),
    alphas: Float64Array.from({ length: 2 * 2 * classes }, (_, i) => 1 + (i % 5) / 3),
    hardLabels: false,
  };
  for (const [activation, labels, samples] of [
    ['sigmoid', 'index', 76_000],
    ['softmax', 'soft', 300],
  ] as const) {
    const batch = makeBatch({ shape: [samples, classes] }, labels, { activation, outputs: [] });
    const swept = { batch: { ...batch, gradientSquares: true }, hyperParameters };
    yield { name: `${activation}, ${labels}`, ...swept };
    if (activation === 'sigmoid') {
      yield { name: 'known hard labels', ...swept, hyperParameters: { ...hyperParameters, hardLabels: true } };
    }
  }
}

/** Rows of equal and unequal logits: class indices, one-hot labels and none, and any number of labels of 1. */
export function* tiedBatches(): Generator<NamedBatch> {
  const classes = 4;
  const bits = (row: number) => Array.from({ length: classes }, (_, c) => (row >> c) & 1);
  const rows = Array.from({ length: 2 ** classes }, (_, row) => bits(row));
  const cross = (labels: readonly (readonly number[])[], name: string): NamedBatch => {
    const logits = rows.flatMap((row) => labels.flatMap(() => row));
    const shape = [logits.length / classes, classes];
    const labelShape = labels[0]!.length === 1 ? [shape[0]!] : shape;
    const all = rows.flatMap(() => labels.flat());
    return {
      name,
      batch: logitsBatch(shape, logits, labelShape, all, {}, { activation: 'softmax', reduction: 'sum' }),
    };
  };
  yield cross([[0], [1], [2], [3], [IGNORE]], 'class indices');
  yield cross([[0, 0, 0, 0], ...rows.filter((row) => row.filter(Boolean).length === 1)], 'one-hot labels');
  yield cross(rows, 'any labels of 0 and 1');
}

const LABELS = [0, 1e-30, 1e-4, 0.3, 0.49, 0.51, 0.75, 0.999, 1 - 2 ** -24, 1];
const SOFT_LOGITS = [0, 1e-30, 0.3, 1, 3, 8.4, 15, 18, 20, 37, 88, 104, 1e4, 1e38].flatMap((x) => [x, -x]);
const PROBABILITIES = [0, 1e-38, 1e-20, 1e-7, 0.01, 0.2, 0.5, 0.77, 0.99, 1 - 2 ** -23, 1];
const ALPHA = { positive: 0.25, negative: 0.75 };

/** Every prediction with every label, in each meaning of a soft one, with Σ |terms|. */
export function* softBatches(): Generator<NamedBatch & { readonly magnitudes: Magnitudes }> {
  for (const form of FORMS) {
    for (const gamma of form === 'quality' ? [0, 1, 2, 3.7] : [0, 0.3, 1, 2, 3.7, 10]) {
      for (const [source, inputs] of [['logits', SOFT_LOGITS] as const, ['probabilities', PROBABILITIES] as const]) {
        const x = Float32Array.from(LABELS.flatMap(() => inputs));
        const labels = Float32Array.from(LABELS.flatMap((label) => inputs.map(() => label)));
        const options = { reduction: 'sum', soft_labels: form };
        const batch = logitsBatch([x.length], x, [x.length], labels, { source, gamma, alpha: 0.25 }, options);
        const terms = Array.from(x, (input, i) => {
          const logProbs = source === 'logits' ? fromLogit(input) : fromProbability(input, batch.epsilon);
          return termMagnitudes(logProbs, smoothedLabel(labels[i]!), gamma, ALPHA, form);
        });
        const magnitudes = {
          gradients: terms.map(({ gradient }) => gradient),
          hessian: terms.map(({ hessian }) => hessian),
        };
        yield { name: `${form}, gamma ${gamma}, ${source}`, batch, magnitudes };
      }
    }
  }
}
