import { type Allocator, unpooled } from '../core/allocator.ts';
import { type StoredFloats, viewFloats } from '../core/float-format.ts';
import { toFloat32 } from '../core/float16/float16.ts';
import { ValidationIssues } from '../core/validation-issues.ts';
import type { Batch } from './batch.ts';
import { type ClassOptions, resolveClassOptions } from './class-options.ts';
import { countLabels } from './label-counts.ts';
import { type CheckedLabels, checkClassIndices, checkDenseLabels } from './labels.ts';
import { elementCount, type Layout, layoutOf, sampleCount, sampleShape } from './layout.ts';
import { checkLimits } from './limits.ts';
import type { Options } from './options.ts';
import { checkProbabilities } from './probabilities.ts';
import { formatShape, MAX_FLOAT32, placeIn, type StoredTensor, type Tensor } from './tensor.ts';

/** A request's tensors, whatever format they came in. */
export interface BatchTensors extends ClassOptions {
  readonly source: Batch['source'];
  readonly predictions: StoredTensor;
  readonly labels: Tensor;
  readonly sample_weights?: Tensor | undefined;
}

/**
 * Checks how the parts of a request fit together and brings them into the form that engines know.
 *
 * @param allocator where tensors go that do not lie in shared memory yet
 * @throws {ServiceError} `invalid_request` with every misfit that was found
 */
export function prepareBatch(options: Options, tensors: BatchTensors, allocator: Allocator = unpooled): Batch {
  const issues = new ValidationIssues();
  const { source, predictions } = tensors;
  const { shape } = predictions;
  const classAxis = resolveClassAxis(options, tensors, issues);
  issues.throwIfAny(); // Without a class axis nothing else has a meaning.

  const layout = layoutOf(shape, classAxis);
  checkLimits(layout, options.outputs, source, issues);
  issues.throwIfAny(); // Memory is taken from here on.
  const perSample = sampleShape(shape, classAxis);
  const stored =
    source === 'probabilities' ? checkedProbabilities(predictions, layout, options.activation, issues) : predictions;
  const labels = checkLabels(tensors, layout, perSample, options, allocator, issues);
  const sampleWeights = checkSampleWeights(tensors, perSample, allocator, issues);
  const classOptions = resolveClassOptions(tensors, options, {
    activation: options.activation,
    classes: layout.classes,
    countLabels: () => countLabels(labels.values, layout),
    issues,
  });
  checkClassNames(options, layout.classes, issues);
  issues.throwIfAny();

  return {
    activation: options.activation,
    source,
    shape,
    sampleShape: perSample,
    layout,
    predictions: sharedPredictions(stored, allocator),
    predictionsFormat: stored.format,
    labels: labels.values,
    ...(sampleWeights && { sampleWeights }),
    ...classOptions,
    labelSmoothing: options.label_smoothing,
    softLabels: options.soft_labels,
    epsilon: options.epsilon,
    reduction: options.reduction,
    denominator: denominatorOf(options, layout, labels, sampleWeights),
    counts: {
      samples: sampleCount(layout),
      classes: layout.classes,
      elements: elementCount(layout),
      ignored: labels.ignored,
      positives: labels.positives,
    },
    outputs: options.outputs,
    gradientSquares: false,
    gradientsFormat: options.gradients_dtype,
    ...(options.class_names && { classNames: options.class_names }),
  };
}

function resolveClassAxis(options: Options, { source, predictions }: BatchTensors, issues: ValidationIssues): number {
  const rank = predictions.shape.length;
  const axis = options.class_axis;
  if (rank === 1 && options.activation === 'softmax') {
    issues.add(() => ({
      pointer: `/${source}`,
      message: `expected at least 2 axes for softmax, one of them the classes; got shape ${formatShape(predictions.shape)}`,
    }));
  } else if (rank === 1 && axis !== -1) {
    issues.add(() => ({
      pointer: '/class_axis',
      message: `expected none: ${source} of rank 1 are one binary class; got ${axis}`,
    }));
  } else if (axis < -rank || axis >= rank) {
    issues.add(() => ({
      pointer: '/class_axis',
      message: `expected an axis from ${-rank} to ${rank - 1}, as ${source} have rank ${rank}; got ${axis}`,
    }));
  }
  return axis < 0 ? axis + rank : axis;
}

function checkLabels(
  { source, predictions, labels }: BatchTensors,
  layout: Layout,
  perSample: readonly number[],
  options: Options,
  allocator: Allocator,
  issues: ValidationIssues,
): CheckedLabels {
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
  if (sameShape(labels.shape, perSample)) {
    return checkClassIndices(labels, layout, { ignoreIndex, backgroundIndex }, allocator, issues);
  }
  issues.add(() => ({
    pointer: '/labels',
    message: `expected shape ${formatShape(predictions.shape)} (dense, as ${source})${
      predictions.shape.length > 1 ? ` or ${formatShape(perSample)} (class indices)` : ''
    }, got ${formatShape(labels.shape)}`,
  }));
  return { values: new Float32Array(), ignored: 0, positives: 0, activeSamples: new Uint8Array() };
}

function checkSampleWeights(
  { source, sample_weights: weights }: BatchTensors,
  perSample: readonly number[],
  allocator: Allocator,
  issues: ValidationIssues,
): Float32Array | undefined {
  if (weights === undefined) return undefined;
  if (!sameShape(weights.shape, perSample)) {
    issues.add(() => ({
      pointer: '/sample_weights',
      message: `expected one weight per sample, shape ${formatShape(perSample)} (that of ${source} without the class axis), got ${formatShape(weights.shape)}`,
    }));
    return undefined;
  }
  for (let i = 0; i < weights.values.length; i++) {
    if (weights.values[i]! >= 0 && weights.values[i]! <= MAX_FLOAT32) continue;
    issues.add(() => ({
      ...placeIn('sample_weights', weights, i),
      message: `expected a number ≥ 0, finite as float32, got ${weights.values[i]}`,
    }));
  }
  return toShared(weights, allocator);
}

function checkClassNames({ class_names: names }: Options, classes: number, issues: ValidationIssues): void {
  if (names === undefined || names.length === classes) return;
  issues.add(() => ({
    pointer: '/class_names',
    message: `expected one name per class, ${classes}, got ${names.length}`,
  }));
}

/** What `mean` divides by; 1 for the other reductions. */
function denominatorOf(
  options: Options,
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

function sameShape(a: readonly number[], b: readonly number[]): boolean {
  return a.length === b.length && a.every((size, axis) => size === b[axis]);
}

/** They are checked on the host, as float32. */
function checkedProbabilities(
  { shape, values, format }: StoredTensor,
  layout: Layout,
  activation: Options['activation'],
  issues: ValidationIssues,
): StoredTensor {
  const probabilities = { shape, values: toFloat32(values, format), format: 'F32' } as const;
  checkProbabilities(probabilities, layout, activation, issues);
  return probabilities;
}

function sharedPredictions({ values, format }: StoredTensor, allocator: Allocator): StoredFloats {
  if (values.buffer instanceof SharedArrayBuffer) return values;
  const shared = viewFloats(format, allocator.bytes(values.byteLength));
  shared.set(values);
  return shared;
}

function toShared({ values }: Tensor, allocator: Allocator): Float32Array {
  if (values instanceof Float32Array && values.buffer instanceof SharedArrayBuffer) return values;
  const shared = allocator.float32(values.length);
  shared.set(values);
  return shared;
}
