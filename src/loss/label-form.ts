import type { ValidationIssues } from '../core/validation-issues.ts';
import type { Batch } from './batch.ts';
import type { Options } from './options.ts';
import { isOnePerSample, type LabelTensor, sameShape } from './tensor.ts';

/** The facts about predictions that labels are checked against. */
export type LabelledPredictions = Pick<Batch, 'source' | 'shape' | 'sampleShape' | 'layout'>;

/** The options that say what labels mean. */
export type LabelOptions = Pick<Options, 'activation' | 'class_axis' | 'ignore_index' | 'background_index'>;

/**
 * What labels are by their shape: `dense`, as the predictions; or without the class axis. These are class indices, or of one class
 * under sigmoid 0 and 1 (`binary`): as class indices all of them would be 0, and positive. With a `background_index` they are class
 * indices of one class, too, since that says which label is negative.
 *
 * @returns undefined if they have none of these shapes
 */
export function labelFormOf(
  { shape }: Pick<LabelTensor, 'shape'>,
  predictions: Pick<LabelledPredictions, 'shape' | 'sampleShape' | 'layout'>,
  options: LabelOptions,
): 'dense' | 'binary' | 'indices' | undefined {
  if (sameShape(shape, predictions.shape)) return 'dense';
  if (predictions.shape.length === 1 || !isOnePerSample(shape, predictions.sampleShape)) return undefined;
  return isBinary(predictions, options) ? 'binary' : 'indices';
}

/** Whether labels without the class axis are 0 and 1. */
export function isBinary(
  { layout: { classes } }: Pick<LabelledPredictions, 'layout'>,
  { activation, background_index }: Pick<LabelOptions, 'activation' | 'background_index'>,
): boolean {
  return classes === 1 && activation === 'sigmoid' && background_index === undefined;
}

/** Checks that a `background_index` applies, and is no class: that one could never be positive. */
export function checkBackgroundIndex(
  form: ReturnType<typeof labelFormOf>,
  { source, layout: { classes } }: LabelledPredictions,
  { activation, ignore_index, background_index: background }: LabelOptions,
  issues: ValidationIssues,
): void {
  if (background === undefined) return;
  const addIssue = (message: string) => issues.add(() => ({ pointer: '/background_index', message }));
  if (activation === 'softmax' || form === 'dense') {
    const actual = activation === 'softmax' ? 'softmax' : 'a batch of dense labels';
    addIssue(`expected none: it applies to class indices under sigmoid, and this is ${actual}`);
  } else if (background === ignore_index) {
    addIssue(`expected a value other than the ignore_index, got ${background} for both`);
  } else if (background >= 0 && background < classes) {
    addIssue(
      classes === 1
        ? 'expected a value other than 0, which is the only class: leave it out if labels are 0 for negatives and 1 for positives; if ' +
            'label 0 is positive, set it to the label of negatives, such as 1 or -1'
        : `expected a value outside the classes 0 to ${classes - 1}, got ${background}, which could never be positive: ` +
            `leave it out if ${source} have a class ${background}; ${
              background === 0
                ? 'if labels count from 1, subtract 1 from all of them and set it to -1'
                : `if they have none, number the other classes from 0 to ${classes - 1} and set it to -1 or ${classes}`
            }`,
    );
  }
}
