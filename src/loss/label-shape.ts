import type { ValidationIssue } from '../core/service-error.ts';
import { isBinary, type LabelledPredictions, type LabelOptions } from './label-form.ts';
import { formatShape, isOnePerSample, product, sameShape, sampleShape } from './tensor.ts';

/** Says which shapes labels may have, and how to get there from the one that they have. */
export function labelShapeIssue(
  labels: readonly number[],
  predictions: LabelledPredictions,
  options: LabelOptions,
): ValidationIssue {
  const { source, shape, sampleShape: perSample } = predictions;
  const other =
    shape.length > 1
      ? ` or ${formatShape(perSample)} (${isBinary(predictions, options) ? '0 and 1' : 'class indices'})`
      : '';
  const cure = cureOf(labels, predictions, options.class_axis);
  return {
    pointer: '/labels',
    message: `expected shape ${formatShape(shape)} (dense, as ${source})${other}, got ${formatShape(labels)}${cure}`,
  };
}

function cureOf(
  labels: readonly number[],
  { source, shape, sampleShape: perSample, layout: { classes } }: LabelledPredictions,
  classAxis: number,
): string {
  const axis = classAxis < 0 ? classAxis + shape.length : classAxis;
  if (shape.length > 1 && sameShape(labels, shape.with(axis, labels[axis] ?? 0))) {
    if (labels[axis] === 1)
      return `; leave the class axis out if they are class indices, shape ${formatShape(perSample)}`;
    if (classes === 1) return `; ${source} have one class and labels ${labels[axis]}: send predictions of each class`;
  }
  const isAxis = (other: number) => other !== axis && isOnePerSample(labels, sampleShape(shape, other));
  const otherAxis = shape.length > 1 ? shape.findIndex((_, other) => isAxis(other)) : -1;
  if (otherAxis >= 0) return `; or are the classes on another axis, "class_axis": ${otherAxis}?`;
  const shapes = [shape, perSample];
  const reshaped = shapes.find((fit) => keepsOrder(labels, fit));
  if (reshaped) return `; reshape them to ${formatShape(reshaped)}?`;
  const transposed = shapes.find((fit) => sameShape(labels.toSorted(ascending), fit.toSorted(ascending)));
  return transposed ? `; transpose them to ${formatShape(transposed)}? A reshape would mix them up` : '';
}

const ascending = (a: number, b: number) => a - b;

/** Whether a reshape only splits or merges neighbouring axes, so that each label stays with its prediction. */
function keepsOrder(from: readonly number[], to: readonly number[]): boolean {
  if (product(from) === 0 || product(from) !== product(to)) return false;
  const [few, many] = [from, to].map(boundaries).sort((a, b) => a.size - b.size);
  return [...few!].every((size) => many!.has(size));
}

/** The sizes of the first axes together, of the first two, and so on: axes of 1 make no difference. */
function boundaries(shape: readonly number[]): Set<number> {
  let size = 1;
  const sizes = new Set(
    shape.map((length) => {
      size *= length;
      return size;
    }),
  );
  sizes.delete(1);
  return sizes;
}
