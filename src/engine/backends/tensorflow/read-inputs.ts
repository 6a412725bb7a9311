import { type Batch, IGNORED } from '../../../loss/batch.ts';
import type { KernelInputs, KernelOptions } from '../../kernel.ts';
import type { Float64, Mask, Operand, Wide } from './float64.ts';

/** A call's tensors and options on the device; all broadcast to `[outer, classes, inner]`. */
export interface DeviceBatch {
  readonly predictions: Wide;
  /** Labels after smoothing, 0 where ignored. Absent where each is 0 or 1 by its kind, as `isPositive` says. */
  readonly y?: Wide;
  /** Where the label is not `IGNORED`. */
  readonly active: Mask;
  /** Whether labels as they were sent are at least ½, or below it; among what is ignored either may be. */
  readonly isPositive: Mask;
  readonly isNegative: Mask;
  /** Of the samples. */
  readonly weights: Operand;
  /** 0, 1, 2, … */
  readonly classes: Wide;
  readonly gamma: Operand;
  readonly alpha: { readonly [side in keyof Batch['alpha']]: Operand };
  readonly classWeights: Operand;
}

export function readInputs(f: Float64, inputs: KernelInputs, options: KernelOptions): DeviceBatch {
  const { layout, activation, labelSmoothing } = options;
  const { outer, inner } = layout;
  const perSample = [outer, 1, inner];
  const perClass = (values: Float64Array): Operand =>
    values.every((value) => value === values[0]) ? values[0]! : f.upload(values, [1, values.length, 1]);

  const spread = labelSmoothing / (activation === 'sigmoid' ? 2 : layout.classes);
  const smoothed = (labels: Wide) =>
    f.select(active, labelSmoothing === 0 ? labels : f.add(f.mul(labels, 1 - labelSmoothing), spread), 0);

  const classes = f.upload(
    Float64Array.from({ length: layout.classes }, (_, c) => c),
    [1, layout.classes, 1],
  );
  const areIndices = inputs.labels.dtype === 'int32';
  const raw = f.reshape(f.widen(inputs.labels), areIndices ? perSample : [outer, layout.classes, inner]);
  const active = f.differs(raw, IGNORED);
  const isPositive = areIndices ? f.equal(raw, classes) : f.atLeast(raw, 0.5);
  const needsY = !areIndices || labelSmoothing > 0;
  return {
    predictions: f.widen(inputs.predictions),
    ...(needsY && { y: smoothed(areIndices ? f.widen(isPositive) : raw) }),
    active,
    isPositive,
    isNegative: f.not(isPositive),
    weights: inputs.sample_weights ? f.reshape(f.widen(inputs.sample_weights), perSample) : 1,
    classes,
    gamma: perClass(options.gamma),
    alpha: { positive: perClass(options.alpha.positive), negative: perClass(options.alpha.negative) },
    classWeights: perClass(options.classWeights),
  };
}
