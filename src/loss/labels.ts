import type { Allocator } from '../core/allocator.ts';
import type { ValidationIssue } from '../core/service-error.ts';
import type { ValidationIssues } from '../core/validation-issues.ts';
import { BACKGROUND, IGNORED } from './batch.ts';
import { type Layout, sampleCount } from './layout.ts';
import { placeIn, type Tensor } from './tensor.ts';

/** Labels as engines know them, with what the denominator is made of. */
export interface CheckedLabels {
  readonly values: Float32Array | Int32Array;
  /** Elements that contribute nothing. */
  readonly ignored: number;
  /** Elements with y ≥ 0.5. */
  readonly positives: number;
  /** 1 for each sample with anything that is not ignored, `[outer, inner]`. */
  readonly activeSamples: Uint8Array;
}

/** Dense labels have the predictions' shape: each is in [0, 1] or equals `ignoreIndex`. */
export function checkDenseLabels(
  labels: Tensor,
  layout: Layout,
  ignoreIndex: number,
  allocator: Allocator,
  issues: ValidationIssues,
): CheckedLabels {
  const { classes, inner } = layout;
  const values = allocator.float32(labels.values.length);
  const activeSamples = new Uint8Array(sampleCount(layout));
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

/** Class indices have one label per sample: in [0, classes), `ignoreIndex` or, if there is one, `backgroundIndex`. */
export function checkClassIndices(
  labels: Tensor,
  layout: Layout,
  special: { readonly ignoreIndex: number; readonly backgroundIndex?: number | undefined },
  allocator: Allocator,
  issues: ValidationIssues,
): CheckedLabels {
  const { classes } = layout;
  const { ignoreIndex, backgroundIndex } = special;
  const values = allocator.int32(labels.values.length);
  const activeSamples = new Uint8Array(values.length);
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
