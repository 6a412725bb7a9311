import { type Allocator, unpooled } from '../core/allocator.ts';
import { toFloat32 } from '../core/float16/float16.ts';
import { shareFloats } from '../core/shared-floats.ts';
import { ValidationIssues } from '../core/validation-issues.ts';
import type { Batch } from './batch.ts';
import { resolveClassAxis } from './class-axis.ts';
import { type ClassOptions, resolveClassOptions } from './class-options.ts';
import { denominatorOf } from './denominator.ts';
import { countLabels } from './label-counts.ts';
import { checkLabels } from './labels.ts';
import { elementCount, type Layout, layoutOf, sampleCount, sampleShape } from './layout.ts';
import { checkLimits } from './limits.ts';
import type { Options } from './options.ts';
import { checkProbabilities } from './probabilities.ts';
import { checkSampleWeights } from './sample-weights.ts';
import type { StoredTensor, Tensor } from './tensor.ts';

/** The tensors of a request, from whatever wire format. */
export interface BatchTensors extends ClassOptions {
  readonly source: Batch['source'];
  readonly predictions: StoredTensor;
  readonly labels: Tensor;
  readonly sample_weights?: Tensor | undefined;
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
  issues.throwIfAny(); // Memory is allocated from here on.
  const perSample = sampleShape(shape, classAxis);
  const stored =
    source === 'probabilities' ? checkedProbabilities(predictions, layout, options.activation, issues) : predictions;
  const labels = checkLabels(
    tensors.labels,
    { source, shape, sampleShape: perSample, layout },
    options,
    allocator,
    issues,
  );
  const sampleWeights = checkSampleWeights(tensors.sample_weights, source, perSample, allocator, issues);
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
    predictions: shareFloats(stored.values, stored.format, allocator),
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

function checkClassNames({ class_names: names }: Options, classes: number, issues: ValidationIssues): void {
  if (names === undefined || names.length === classes) return;
  issues.add(() => ({
    pointer: '/class_names',
    message: `expected one name per class, ${classes}, got ${names.length}`,
  }));
}

/** Probabilities are checked on the host, as float32. */
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
