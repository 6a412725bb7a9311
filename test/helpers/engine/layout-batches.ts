import type { StoredFloats } from '../../../src/core/float-format.ts';
import type { Batch } from '../../../src/loss/batch.ts';
import { firstElement, product, sampleCount } from '../../../src/loss/tensor.ts';
import { logitsBatch, pseudorandom } from './batches.ts';

export const IGNORE = -100;
const BACKGROUND = -7;

/** Shapes that fill vectors, leave lanes empty or are shorter than a vector; with one class, two, and several tiles. */
export const SHAPES = [
  { shape: [9, 4] },
  { shape: [7, 3] },
  { shape: [5, 1] },
  { shape: [6, 2] },
  { shape: [3, 1000] },
  { shape: [3, 257] },
  { shape: [1, 128] },
  { shape: [2, 3, 8], axis: 1 },
  { shape: [2, 4, 7], axis: 1 },
  { shape: [2, 1, 5], axis: 1 },
  { shape: [4, 3, 1], axis: 1 },
  { shape: [6, 5, 3], axis: 0 },
  { shape: [2, 3, 2, 5], axis: 1 },
  { shape: [2, 3, 5] },
];

/** Whether an activation is of so many classes: softmax is not of one. */
export function allows(activation: string, { shape, axis = -1 }: Case): boolean {
  return activation === 'sigmoid' || shape.at(axis)! > 1;
}

/** Sets of outputs to request. */
export const SUBSETS = [
  ['loss'],
  ['gradients'],
  ['per_class'],
  ['loss', 'gradients', 'per_class'],
  ['gradients', 'hessian'],
  ['elementwise'],
  ['loss', 'hessian', 'per_class'],
];

export interface NamedBatch {
  readonly name: string;
  readonly batch: Batch;
}

interface Case {
  readonly shape: readonly number[];
  readonly axis?: number;
}

export function makeBatch(
  { shape, axis = -1 }: Case,
  labels: 'index' | 'dense' | 'soft',
  options: object = {},
  tensors: object = {},
) {
  const random = pseudorandom(product(shape));
  const next = () => random.next().value;
  const classes = shape.at(axis)!;
  const perSample = shape.toSpliced(axis, 1);
  const samples = product(perSample);
  const { activation = 'sigmoid' } = options as { activation?: string };
  const logits = Array.from({ length: product(shape) }, () => (next() - 0.5) * 30);
  const index = Array.from({ length: samples }, () => {
    const draw = next();
    if (draw < 0.15) return IGNORE;
    if (draw < 0.3 && activation === 'sigmoid' && labels === 'index') return BACKGROUND;
    return Math.floor(next() * classes);
  });
  const inner = axis === -1 ? 1 : product(shape.slice(axis + 1));
  const oneHot = logits.map((_, at) => {
    const sample = Math.floor(at / (classes * inner)) * inner + (at % inner);
    if (index[sample] === IGNORE) return IGNORE;
    return Number(index[sample] === Math.floor(at / inner) % classes);
  });
  const multiLabel = logits.map(() => (next() < 0.1 ? IGNORE : Number(next() < 0.4)));
  const soft = logits.map(() => (next() < 0.2 ? IGNORE : Math.round(next() * 8) / 8));
  const hard = activation === 'softmax' ? oneHot : multiLabel;
  const labelOptions = labels === 'index' && activation === 'sigmoid' ? { background_index: BACKGROUND } : {};
  return logitsBatch(
    shape,
    logits,
    labels === 'index' ? perSample : shape,
    labels === 'index' ? index : labels === 'soft' ? soft : hard,
    tensors,
    { class_axis: axis, ...labelOptions, ...options },
  );
}

/** Weights, and options for each of 5 classes. */
export function perClass({ shape, axis = -1 }: Case): object {
  const perSample = shape.toSpliced(axis, 1);
  const weights = Float64Array.from({ length: product(perSample) }, (_, i) => (i % 4) / 2);
  return {
    sample_weights: { shape: perSample, values: weights },
    class_weights: { shape: [5], values: Float64Array.of(1, 0, 0.5, 7, 2) },
    gamma: { shape: [5], values: Float64Array.of(0, 1.5, 1, 2, 3.7) },
    alpha: { shape: [5], values: Float64Array.of(0.1, 0.25, 0.5, 0.9, 1) },
  };
}

/** A weight for each element, of which some are 0. */
export function perElement({ shape }: Case): object {
  const weights = Float64Array.from({ length: product(shape) }, (_, i) => ((i * 7) % 11) / 4);
  return { element_weights: { shape, values: weights } };
}

/** The probabilities of a sample add up to 1 under softmax. */
export function asProbabilities(batch: Batch): Batch {
  const { activation, layout } = batch;
  const { classes, inner } = layout;
  const predictions = (batch.predictions as StoredFloats).map((x) => 1 / (1 + Math.exp(-x)));
  if (activation === 'softmax') {
    for (let sample = 0; sample < sampleCount(layout); sample++) {
      const first = firstElement(layout, sample);
      const places = Array.from({ length: classes }, (_, c) => first + c * inner);
      const sum = places.reduce((total, place) => total + predictions[place]!, 0);
      for (const place of places) predictions[place]! /= sum;
    }
  }
  return { ...batch, source: 'probabilities', predictions };
}
