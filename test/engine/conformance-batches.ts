import type { Batch } from '../../src/loss/batch.ts';
import { product } from '../../src/loss/layout.ts';
import { fromLogit, fromProbability } from '../../src/loss/log-pair.ts';
import { logitsBatch } from './batches.ts';
import type { Magnitudes } from './conformance.ts';
import { makeBatch, SHAPES, SUBSETS } from './layout-batches.ts';
import { termMagnitudes } from './soft-magnitudes.ts';

const ACTIVATIONS = ['sigmoid', 'softmax'] as const;
const KINDS = ['index', 'dense', 'soft'] as const;

interface NamedBatch {
  readonly name: string;
  readonly batch: Batch;
}

/** Every layout, kind of label and option, each with some of the others. */
export function* optionBatches(): Generator<NamedBatch> {
  for (const activation of ACTIVATIONS) {
    for (const labels of KINDS) {
      const base = { activation, reduction: 'sum' };
      for (const layout of SHAPES) {
        for (const options of [base, { ...base, label_smoothing: 0.1 }]) {
          const batch = makeBatch(layout, labels, options);
          const name = `${activation}, ${labels}, [${layout.shape}], ${JSON.stringify(options)}`;
          yield { name, batch };
          yield { name: `${name}, probabilities`, batch: probabilitiesOf(batch) };
        }
      }
      for (const outputs of SUBSETS) {
        const batch = makeBatch({ shape: [3, 2, 9], axis: 1 }, labels, { ...base, outputs });
        yield { name: `${activation}, ${labels}, ${outputs}`, batch };
        yield { name: `${activation}, ${labels}, ${outputs}, squares`, batch: { ...batch, gradientSquares: true } };
      }
      for (const layout of [{ shape: [11, 5] }, { shape: [3, 5, 7], axis: 1 }]) {
        for (const soft_labels of ['interpolated', 'termwise', 'quality']) {
          const options = { activation, normalizer: 'weights', soft_labels };
          yield { name: JSON.stringify(options), batch: makeBatch(layout, labels, options, perClass(layout)) };
        }
      }
    }
  }
}

function perClass({ shape, axis = -1 }: { readonly shape: readonly number[]; readonly axis?: number }): object {
  const perSample = shape.toSpliced(axis, 1);
  const weights = Float64Array.from({ length: product(perSample) }, (_, i) => (i % 4) / 2);
  return {
    sample_weights: { shape: perSample, values: weights },
    class_weights: { shape: [5], values: Float64Array.of(1, 0, 0.5, 7, 2) },
    gamma: { shape: [5], values: Float64Array.of(0, 1.5, 1, 2, 3.7) },
    alpha: { shape: [5], values: Float64Array.of(0.1, 0.25, 0.5, 0.9, 1) },
  };
}

/** The kernels do not look at whether the probabilities of a sample add up to 1. */
function probabilitiesOf(batch: Batch): Batch {
  return { ...batch, source: 'probabilities', predictions: batch.predictions.map((x) => 1 / (1 + Math.exp(-x))) };
}

const LABELS = [0, 1e-30, 1e-4, 0.3, 0.49, 0.51, 0.75, 0.999, 1 - 2 ** -24, 1];
const SOFT_LOGITS = [0, 1e-30, 0.3, 1, 3, 8.4, 15, 18, 20, 37, 88, 104, 1e4, 1e38].flatMap((x) => [x, -x]);
const PROBABILITIES = [0, 1e-38, 1e-20, 1e-7, 0.01, 0.2, 0.5, 0.77, 0.99, 1 - 2 ** -23, 1];
const ALPHA = { positive: 0.25, negative: 0.75 };

/** Every prediction with every label, in each meaning of a soft one, with Σ |terms|. */
export function* softBatches(): Generator<NamedBatch & { readonly magnitudes: Magnitudes }> {
  for (const form of ['interpolated', 'termwise', 'quality'] as const) {
    for (const gamma of form === 'quality' ? [0, 1, 2, 3.7] : [0, 0.3, 1, 2, 3.7, 10]) {
      for (const [source, inputs] of [['logits', SOFT_LOGITS] as const, ['probabilities', PROBABILITIES] as const]) {
        const x = Float32Array.from(LABELS.flatMap(() => inputs));
        const labels = Float32Array.from(LABELS.flatMap((label) => inputs.map(() => label)));
        const options = { reduction: 'sum', soft_labels: form };
        const batch = logitsBatch([x.length], x, [x.length], labels, { source, gamma, alpha: 0.25 }, options);
        const terms = Array.from(x, (input, i) => {
          const pair = source === 'logits' ? fromLogit(input) : fromProbability(input, batch.epsilon);
          return termMagnitudes(pair, labels[i]!, gamma, ALPHA, form);
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
