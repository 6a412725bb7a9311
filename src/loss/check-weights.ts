import type { Allocator } from '../core/allocator.ts';
import { shareFloat32 } from '../core/float-format.ts';
import type { ValidationIssues } from '../core/validation-issues.ts';
import type { Batch } from './batch.ts';
import { NON_NEGATIVE } from './broadcast.ts';
import type { Options } from './options.ts';
import { formatShape, isOnePerSample, placeIn, sameShape, type Tensor } from './tensor.ts';

/** The tensors of weights that a request may have. */
export interface WeightTensors {
  readonly sample_weights?: Tensor | undefined;
  readonly element_weights?: Tensor | undefined;
}

type Weights = Pick<Batch, 'sampleWeights' | 'maxSampleWeight' | 'elementWeights' | 'maxElementWeight'>;

/** What the weights of a batch are checked against. */
interface WeightedPredictions extends Pick<Options, 'activation'> {
  readonly source: Batch['source'];
  readonly shape: readonly number[];
  /** Without the class axis. */
  readonly sampleShape: readonly number[];
}

/**
 * Checks that there is one weight ≥ 0 per sample, and one per element.
 *
 * @returns those that there are and whose shape is right, in shared memory, and the largest of each
 */
export function checkWeights(
  { sample_weights, element_weights }: WeightTensors,
  predictions: WeightedPredictions,
  allocator: Allocator,
  issues: ValidationIssues,
): Weights {
  const ofSamples = checkSampleWeights(sample_weights, predictions, issues)
    ? checkValues('sample_weights', sample_weights!, allocator, issues)
    : undefined;
  const ofElements = checkElementWeights(element_weights, predictions, issues)
    ? checkValues('element_weights', element_weights!, allocator, issues)
    : undefined;
  return {
    ...(ofSamples && { sampleWeights: ofSamples.weights, maxSampleWeight: ofSamples.largest }),
    ...(ofElements && { elementWeights: ofElements.weights, maxElementWeight: ofElements.largest }),
  };
}

function checkSampleWeights(
  weights: Tensor | undefined,
  { source, shape, sampleShape }: WeightedPredictions,
  issues: ValidationIssues,
): boolean {
  if (weights === undefined) return false;
  if (isOnePerSample(weights.shape, sampleShape)) return true;
  const cure = sameShape(weights.shape, shape) ? '; one weight per element is "element_weights"' : '';
  issues.add(() => ({
    pointer: '/sample_weights',
    message: `expected one weight per sample, shape ${formatShape(sampleShape)} (that of ${source} without the class axis), got ${formatShape(weights.shape)}${cure}`,
  }));
  return false;
}

/** Under softmax a sample has one loss, whose gradients depend on each other: a weight of one of them alone has no meaning. */
function checkElementWeights(
  weights: Tensor | undefined,
  { activation, source, shape, sampleShape }: WeightedPredictions,
  issues: ValidationIssues,
): boolean {
  if (weights === undefined) return false;
  const addIssue = (message: string) => issues.add(() => ({ pointer: '/element_weights', message }));
  const got = formatShape(weights.shape);
  if (activation === 'softmax') {
    addIssue(
      `expected none with activation "softmax", under which a sample has one loss; got shape ${got}: use sample_weights, or class_weights`,
    );
    return false;
  }
  if (sameShape(weights.shape, shape)) return true;
  const cure = isOnePerSample(weights.shape, sampleShape) ? '; one weight per sample is "sample_weights"' : '';
  addIssue(`expected one weight per element, shape ${formatShape(shape)} (that of ${source}), got ${got}${cure}`);
  return false;
}

function checkValues(
  name: keyof WeightTensors,
  tensor: Tensor,
  allocator: Allocator,
  issues: ValidationIssues,
): { weights: Float32Array; largest: number } {
  const { values } = tensor;
  let largest = 0;
  for (let i = 0; i < values.length && !issues.areEnough; i++) {
    const weight = values[i]!;
    if (weight > largest) largest = weight;
    if (NON_NEGATIVE.holds(weight)) continue;
    issues.add(() => ({ ...placeIn(name, tensor, i), message: `expected ${NON_NEGATIVE.text}, got ${weight}` }));
  }
  return { weights: shareFloat32(values, allocator), largest };
}
