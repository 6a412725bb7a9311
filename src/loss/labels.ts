import type { Allocator } from '../core/allocator.ts';
import type { ValidationIssue } from '../core/service-error.ts';
import type { ValidationIssues } from '../core/validation-issues.ts';
import { BACKGROUND, type Batch, IGNORED } from './batch.ts';
import type { Options } from './options.ts';
import {
  elementCount,
  formatShape,
  isOnePerSample,
  type Layout,
  placeIn,
  sameShape,
  sampleCount,
  type Tensor,
} from './tensor.ts';

/** The labels of a `Batch`, and the counts from which the denominator is computed. */
export interface CheckedLabels {
  readonly values: Float32Array | Int32Array;
  /** Elements that contribute nothing. */
  readonly ignored: number;
  /** Elements with y ≥ 0.5. */
  readonly positives: number;
  /** 1 for each sample that has an element that is not ignored, `[outer, inner]`. */
  readonly activeSamples: Uint8Array;
}

/** The facts about predictions that labels are checked against. */
type LabelledPredictions = Pick<Batch, 'source' | 'shape' | 'sampleShape' | 'layout'>;

/**
 * Checks labels, which by their shape are dense or class indices, and converts them to those of `Batch`.
 *
 * @param allocator where the converted labels go
 */
export function checkLabels(
  labels: Tensor,
  predictions: LabelledPredictions,
  options: Pick<Options, 'activation' | 'ignore_index' | 'background_index'>,
  allocator: Allocator,
  issues: ValidationIssues,
): CheckedLabels {
  const { source, layout } = predictions;
  const ignoreIndex = options.ignore_index;
  const backgroundIndex = options.background_index;
  const dense = sameShape(labels.shape, predictions.shape);
  if (backgroundIndex !== undefined) {
    if (options.activation === 'softmax' || dense) {
      issues.add(() => ({
        pointer: '/background_index',
        message: `expected none: it applies to class indices under sigmoid, and this is ${
          options.activation === 'softmax' ? 'softmax' : 'a batch of dense labels'
        }`,
      }));
    } else if (backgroundIndex === ignoreIndex) {
      issues.add(() => ({
        pointer: '/background_index',
        message: `expected a value other than the ignore_index, got ${backgroundIndex} for both`,
      }));
    }
  }
  if (dense) return checkDenseLabels(labels, layout, ignoreIndex, allocator, issues);
  if (predictions.shape.length > 1 && isOnePerSample(labels.shape, predictions.sampleShape)) {
    return checkClassIndices(labels, layout, { ignoreIndex, backgroundIndex }, allocator, issues);
  }
  issues.add(() => ({
    pointer: '/labels',
    message: `expected shape ${formatShape(predictions.shape)} (dense, as ${source})${
      predictions.shape.length > 1 ? ` or ${formatShape(predictions.sampleShape)} (class indices)` : ''
    }, got ${formatShape(labels.shape)}`,
  }));
  return { values: new Float32Array(), ignored: 0, positives: 0, activeSamples: new Uint8Array() };
}

/** Dense labels have the predictions' shape; each is in [0, 1] or equals `ignoreIndex`. */
function checkDenseLabels(
  labels: Tensor,
  layout: Layout,
  ignoreIndex: number,
  allocator: Allocator,
  issues: ValidationIssues,
): CheckedLabels {
  const { classes, inner } = layout;
  const values = allocator.float32(labels.values.length);
  const activeSamples = allocator.bytes(sampleCount(layout)).fill(0);
  let ignored = 0;
  let positives = 0;
  for (let at = 0; at < values.length; at++) {
    const y = labels.values[at]!;
    if (y === ignoreIndex) {
      values[at] = IGNORED;
      ignored += 1;
    } else if (y >= 0 && y <= 1) {
      values[at] = y;
      activeSamples[Math.floor(at / (classes * inner)) * inner + (at % inner)] = 1;
      if (y >= 0.5) positives += 1;
    } else {
      issues.add(() => outOfRange(labels, at, `a number in [0, 1] or the ignore_index ${ignoreIndex}`));
    }
  }
  return { values, ignored, positives, activeSamples };
}

/** Class indices are one label per sample, each in [0, classes), `ignoreIndex` or `backgroundIndex`. */
function checkClassIndices(
  labels: Tensor,
  layout: Layout,
  special: { readonly ignoreIndex: number; readonly backgroundIndex?: number | undefined },
  allocator: Allocator,
  issues: ValidationIssues,
): CheckedLabels {
  const { classes } = layout;
  const { ignoreIndex, backgroundIndex } = special;
  const values = allocator.int32(labels.values.length);
  const activeSamples = allocator.bytes(values.length).fill(0);
  let ignoredSamples = 0;
  let positives = 0;
  for (let sample = 0; sample < values.length; sample++) {
    const label = labels.values[sample]!;
    if (label === ignoreIndex) {
      values[sample] = IGNORED;
      ignoredSamples += 1;
      continue;
    }
    activeSamples[sample] = 1;
    if (label === backgroundIndex) {
      values[sample] = BACKGROUND;
    } else if (Number.isInteger(label) && label >= 0 && label < classes) {
      values[sample] = label;
      positives += 1;
    } else {
      issues.add(() => {
        const background = backgroundIndex === undefined ? '' : `, the background_index ${backgroundIndex}`;
        return outOfRange(
          labels,
          sample,
          `a class index from 0 to ${classes - 1}${background} or the ignore_index ${ignoreIndex}`,
        );
      });
    }
  }
  return { values, ignored: ignoredSamples * classes, positives, activeSamples };
}

function outOfRange(labels: Tensor, position: number, expected: string): ValidationIssue {
  return { ...placeIn('labels', labels, position), message: `expected ${expected}, got ${labels.values[position]}` };
}

/**
 * The number by which `mean` divides the sum; 1 for the other reductions.
 *
 * @param sampleWeights `[outer, inner]`; absent if all are 1
 */
export function denominatorOf(
  options: Pick<Options, 'activation' | 'reduction' | 'normalizer'>,
  layout: Layout,
  labels: CheckedLabels,
  sampleWeights: Float32Array | undefined,
): number {
  if (options.reduction !== 'mean') return 1;
  const normalizer = options.normalizer ?? (options.activation === 'sigmoid' ? 'elements' : 'samples');
  if (typeof normalizer === 'number') return normalizer;
  switch (normalizer) {
    case 'elements':
      return elementCount(layout) - labels.ignored;
    case 'samples':
      return labels.activeSamples.reduce((count, active) => count + active, 0);
    case 'positives':
      return Math.max(1, labels.positives);
    case 'weights':
      return labels.activeSamples.reduce((sum, active, i) => sum + active * (sampleWeights?.[i] ?? 1), 0);
  }
}
