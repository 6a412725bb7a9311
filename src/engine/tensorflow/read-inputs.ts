import { type Batch, IGNORED } from '../../loss/batch.ts';
import type { KernelInputs, KernelOptions } from '../kernel.ts';
import type { Float64, Mask, Operand, Wide } from './float64.ts';

/** A call's tensors and options on the device; all broadcast to `[outer, classes, inner]`. */
export interface DeviceBatch {
  readonly predictions: Wide;
  /** 0 where ignored. */
  readonly labels: Wide;
  /** Whether each y is 0 or 1 by the kind of the labels. */
  readonly areHard: boolean;
  /** Labels after smoothing; 0 where softmax ignores one. */
  readonly y: Wide;
  /** Where the label is not `IGNORED`. */
  readonly active: Mask;
  readonly isPositive: Mask;
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

  const classes = f.upload(
    Float64Array.from({ length: layout.classes }, (_, c) => c),
    [1, layout.classes, 1],
  );
  const given = f.widen(inputs.labels);
  const areIndices = inputs.labels.dtype === 'int32';
  const raw = areIndices ? f.reshape(given, perSample) : given;
  const active = f.differs(raw, IGNORED);
  const labels = areIndices ? f.widen(f.equal(raw, classes)) : f.select(active, raw, 0);
  const spread = labelSmoothing / (activation === 'sigmoid' ? 2 : layout.classes);
  const smoothed = labelSmoothing === 0 ? labels : f.add(f.mul(labels, 1 - labelSmoothing), spread);
  return {
    predictions: f.widen(inputs.predictions),
    labels,
    areHard: areIndices && labelSmoothing === 0,
    y: f.select(active, smoothed, 0),
    active,
    isPositive: f.atLeast(labels, 0.5),
    weights: inputs.sample_weights ? f.reshape(f.widen(inputs.sample_weights), perSample) : 1,
    classes,
    gamma: perClass(options.gamma),
    alpha: { positive: perClass(options.alpha.positive), negative: perClass(options.alpha.negative) },
    classWeights: perClass(options.classWeights),
  };
}
