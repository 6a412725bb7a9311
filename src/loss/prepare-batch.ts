import { type Allocator, unpooled } from '../core/allocator.ts';
import { share } from '../core/share.ts';
import { isInRegion } from '../core/shared-memory/region-numbers.ts';
import { ValidationIssues } from '../core/validation-issues.ts';
import type { Batch } from './batch.ts';
import { checkEmpty } from './check-empty.ts';
import { checkFamily } from './check-family.ts';
import { checkWeights, type WeightTensors } from './check-weights.ts';
import { writeClassNames } from './class-names.ts';
import { type ClassOptions, resolveClassOptions } from './class-options.ts';
import { denominatorOf } from './denominator.ts';
import { countLabels } from './label-counts.ts';
import { checkLabels } from './labels.ts';
import { checkLimits } from './limits.ts';
import type { Options } from './options.ts';
import { resolvePosteriorOffsets } from './posterior/posterior-offsets.ts';
import { shareClassOptions } from './shared-class-options.ts';
import {
  elementCount,
  formatShape,
  type LabelTensor,
  layoutOf,
  type StoredTensor,
  sampleCount,
  sampleShape,
} from './tensor.ts';

/** The tensors of a request, from whatever wire format. */
export interface BatchTensors extends ClassOptions, WeightTensors {
  readonly source: Batch['source'];
  readonly predictions: StoredTensor;
  readonly labels: LabelTensor;
}

/**
 * Checks a request's options and tensors against each other and resolves them into a batch.
 *
 * @param allocator allocates tensors that are not in shared memory yet
 * @throws {ServiceError} `invalid_request` with all issues that were found
 */
export function prepareBatch(options: Options, tensors: BatchTensors, allocator: Allocator = unpooled): Batch {
  const issues = new ValidationIssues();
  const { source, predictions } = tensors;
  const { shape } = predictions;
  const classAxis = resolveClassAxis(options, source, shape, issues);
  issues.throwIfAny(); // Without a class axis, nothing else can be checked.

  const layout = layoutOf(shape, classAxis);
  checkLimits(layout, options.outputs, source, issues);
  checkEmpty(shape, layout, source, issues);
  issues.throwIfAny(); // Memory is allocated from here on.
  const perSample = sampleShape(shape, classAxis);
  const labels = checkLabels(
    tensors.labels,
    { source, shape, sampleShape: perSample, layout },
    options,
    allocator,
    issues,
  );
  const { activation } = options;
  const weights = checkWeights(tensors, { activation, source, shape, sampleShape: perSample }, allocator, issues);
  const classOptions = shareClassOptions(layout.classes, allocator, () =>
    resolveClassOptions(tensors, options, {
      activation,
      classes: layout.classes,
      countLabels: () => countLabels(labels.values, layout),
      issues,
    }),
  );
  checkFamily(options, tensors.gamma, labels.values, issues);
  const posteriorOffsets = resolvePosteriorOffsets(options, tensors, classOptions, labels.values, allocator, issues);
  checkClassNames(options, layout.classes, issues);
  issues.throwIfAny();

  return {
    activation,
    source,
    shape,
    sampleShape: perSample,
    layout,
    predictions: isInRegion(predictions.values) ? predictions.values : share(predictions.values, allocator),
    predictionsFormat: predictions.format,
    labels: labels.values,
    ...weights,
    ...classOptions,
    ...(posteriorOffsets && { posteriorOffsets }),
    labelSmoothing: options.label_smoothing,
    softLabels: options.soft_labels,
    margin: options.margin,
    polyEpsilon: options.poly_epsilon,
    detached: {
      gradient: options.focusing === 'detached',
      hessian: options.focusing === 'detached' || options.hessian_form === 'detached',
    },
    epsilon: options.epsilon,
    reduction: options.reduction,
    denominator: denominatorOf(options, layout, labels, weights),
    counts: {
      samples: sampleCount(layout),
      classes: layout.classes,
      elements: elementCount(layout),
      ignored: labels.ignored,
      positives: labels.positives,
    },
    outputs: [...new Set(options.outputs)], // It goes to every thread, and a request may repeat names without end.
    gradientSquares: false,
    gradientsFormat: options.gradients_dtype,
    warnings: options.warnings,
    ...(options.class_names && { classNames: writeClassNames(options.class_names, allocator) }),
  };
}

function checkClassNames({ class_names: names }: Options, classes: number, issues: ValidationIssues): void {
  if (names === undefined || names.length === classes) return;
  issues.add(() => ({
    pointer: '/class_names',
    message: `expected one name per class, ${classes}, got ${names.length}`,
  }));
}

/** The class axis as an index in [0, rank); meaningless if an issue was added. */
function resolveClassAxis(
  { activation, class_axis: axis }: Pick<Options, 'activation' | 'class_axis'>,
  source: 'logits' | 'probabilities',
  shape: readonly number[],
  issues: ValidationIssues,
): number {
  const rank = shape.length;
  if (rank === 1 && activation === 'softmax') {
    issues.add(() => ({
      pointer: `/${source}`,
      message: `expected at least 2 axes for softmax, one of them the classes; got shape ${formatShape(shape)}, which is one class: use sigmoid`,
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
  } else if (activation === 'softmax' && shape.at(axis) === 1) {
    issues.add(() => ({
      pointer: `/${source}`,
      message:
        `expected at least 2 classes for softmax, got 1 on axis ${axis} of shape ${formatShape(shape)}: the softmax of one class is ` +
        'always 1, and its loss 0. Use sigmoid for one class, or set class_axis if the classes are on another axis',
    }));
  }
  return axis < 0 ? axis + rank : axis;
}
