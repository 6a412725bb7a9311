import { type Batch, IGNORED } from '../../../loss/batch.ts';
import type { Side } from '../../../loss/class-sums.ts';
import type { KernelInputs, KernelOptions } from '../../kernel.ts';
import type { Float64, Float64Tensor, Mask, Operand } from './float64.ts';

/** Of positives and of negatives. */
export type OfSides = { readonly [side in Side]: Operand };

/** A call's tensors and options on the device; all are broadcast to `[outer, classes, inner]`. */
export interface DeviceBatch {
  readonly predictions: Float64Tensor;
  /**
   * Labels after smoothing, 0 if ignored. Absent for hard labels without smoothing, which `isPositive` gives: class indices,
   * and dense ones of 0 and 1, under softmax with at most one 1 a sample.
   */
  readonly y?: Float64Tensor;
  /** 1 − y of smoothed labels under sigmoid, for which the difference would have few digits if y is nearly 1. */
  readonly notY?: Float64Tensor;
  /** Whether the label is not `IGNORED`. */
  readonly active: Mask;
  /** Whether the label before smoothing is at least ½, or below it; arbitrary for ignored elements. */
  readonly isPositive: Mask;
  readonly isNegative: Mask;
  /** Sample and element weights. */
  readonly weights: Operand;
  /** The class indices 0, 1, 2, … */
  readonly classes: Float64Tensor;
  /** One tensor if it is the same for both sides. */
  readonly gamma: OfSides;
  readonly alpha: OfSides;
  readonly classWeights: Operand;
  /** ε of Poly-1 times the class weights, if it is in use. */
  readonly poly?: Operand;
}

/** Converts a call's tensors to float64 and uploads its options. */
export function readDeviceBatch(f: Float64, inputs: KernelInputs, options: KernelOptions): DeviceBatch {
  const { layout, activation, labelSmoothing, polyEpsilon } = options;
  const { outer, inner } = layout;
  const perSample = [outer, 1, inner];
  const perClass = (values: Float64Array): Operand =>
    values.every((value) => value === values[0]) ? values[0]! : f.upload(values, [1, values.length, 1]);
  const ofSides = ({ positive, negative }: Batch['gamma']): OfSides => {
    const ofPositives = perClass(positive);
    return { positive: ofPositives, negative: negative === positive ? ofPositives : perClass(negative) };
  };

  const classes = f.upload(
    Float64Array.from({ length: layout.classes }, (_, c) => c),
    [1, layout.classes, 1],
  );
  const areIndices = inputs.labels.dtype === 'int32';
  const raw = f.reshape(f.toFloat64(inputs.labels), areIndices ? perSample : [outer, layout.classes, inner]);
  const active = f.differs(raw, IGNORED);
  const isPositive = areIndices ? f.equal(raw, classes) : f.greaterEqual(raw, 0.5);
  const areHard = () => {
    if (areIndices) return true;
    if (!f.scope(() => f.all(f.isWhole(inputs.labels)))) return false;
    return activation === 'sigmoid' || f.scope(() => f.all(f.less(f.sum(f.toFloat64(isPositive), [1]), 2)));
  };
  const needsY = labelSmoothing > 0 || !areHard();
  const kept = 1 - labelSmoothing;
  const added = labelSmoothing / (activation === 'sigmoid' ? 2 : layout.classes);
  const smoothed = () => {
    if (areIndices) return f.select(isPositive, kept + added, added);
    return labelSmoothing === 0 ? raw : f.add(f.mul(raw, kept), added);
  };
  const complement = () => {
    if (areIndices) return f.select(isPositive, added, kept + added);
    return f.select(active, f.add(f.mul(f.sub(1, raw), kept), added), 1);
  };
  return {
    predictions: f.toFloat64(inputs.predictions),
    ...(needsY && { y: f.select(active, smoothed(), 0) }),
    ...(labelSmoothing > 0 && activation === 'sigmoid' && { notY: f.scope(complement) }),
    active,
    isPositive,
    isNegative: f.not(isPositive),
    weights: weightsOf(f, inputs, perSample),
    classes,
    gamma: ofSides(options.gamma),
    alpha: ofSides(options.alpha),
    classWeights: perClass(options.classWeights),
    ...(polyEpsilon !== 0 && { poly: perClass(options.classWeights.map((weight) => weight * polyEpsilon)) }),
  };
}

/** @param perSample the shape of sample weights */
function weightsOf(f: Float64, inputs: KernelInputs, perSample: readonly number[]): Operand {
  const ofSamples = inputs.sample_weights ? f.reshape(f.toFloat64(inputs.sample_weights), perSample) : 1;
  return inputs.element_weights ? f.mul(ofSamples, f.toFloat64(inputs.element_weights)) : ofSamples;
}
