import type { Allocator } from '../core/allocator.ts';
import { share } from '../core/share.ts';
import type { ValidationIssues } from '../core/validation-issues.ts';
import type { Labels } from './batch.ts';
import { cureOfLabel, type LabelFacts } from './label-cure.ts';
import { checkBackgroundIndex, type LabelledPredictions, type LabelOptions, labelFormOf } from './label-form.ts';
import { type ScannedLabels, scanBytes, scanFloats, scanIndices, scanIntegers } from './label-scan/label-scan.ts';
import { labelShapeIssue } from './label-shape.ts';
import { rejectBytes, rejectLabels } from './reject-labels.ts';
import type { LabelTensor } from './tensor.ts';

/** The labels of a `Batch`, and the counts from which the denominator is computed. */
export interface CheckedLabels {
  readonly values: Labels;
  /** Elements that contribute nothing. */
  readonly ignored: number;
  /** Elements with y ≥ 0.5. */
  readonly positives: number;
}

/** Labels that were rejected; the issues say why. */
const REJECTED: CheckedLabels = { values: new Float32Array(), ignored: 0, positives: 0 };

/**
 * Checks labels, which by their shape are dense, 0 and 1 of one class, or class indices, and converts them to those of `Batch`.
 *
 * @param allocator where labels go that have to be converted, or are not in shared memory yet
 */
export function checkLabels(
  labels: LabelTensor,
  predictions: LabelledPredictions,
  options: LabelOptions,
  allocator: Allocator,
  issues: ValidationIssues,
): CheckedLabels {
  const form = labelFormOf(labels, predictions, options);
  checkBackgroundIndex(form, predictions, options, issues);
  if (form === undefined) {
    issues.add(() => labelShapeIssue(labels.shape, predictions, options));
    return REJECTED;
  }
  const facts = { ...predictions, ...options, form };
  const scanned = SCANS[form](labels, facts, allocator);
  if (scanned === undefined) {
    reject(labels, facts, issues);
    return REJECTED;
  }
  const { values, ignored, positives } = scanned;
  const ignoredElements = form === 'indices' ? ignored * predictions.layout.classes : ignored;
  return { values: share(values, allocator), ignored: ignoredElements, positives };
}

type Scan = (labels: LabelTensor, facts: LabelFacts, allocator: Allocator) => ScannedLabels<Labels> | undefined;

const SCANS: Readonly<Record<LabelFacts['form'], Scan>> = {
  dense(labels, facts, allocator) {
    const { values, format } = labels;
    const allocate = (length: number) => allocator.float32(length);
    if (values instanceof Float32Array || values instanceof Float64Array) {
      return scanFloats(values, facts.ignore_index, allocate);
    }
    if (format !== undefined) return scanFloats(values as Uint16Array, facts.ignore_index, allocate, format);
    return scanZerosAndOnes(labels, facts, allocator);
  },
  binary: scanZerosAndOnes,
  indices({ values, format }, { ignore_index, background_index, layout: { classes } }, allocator) {
    const rules = { classes, ignoreIndex: ignore_index, backgroundIndex: background_index };
    return scanIndices(values, rules, (length) => allocator.int32(length), format);
  },
};

function scanZerosAndOnes(
  labels: LabelTensor,
  { ignore_index: ignoreIndex }: LabelFacts,
  allocator: Allocator,
): ScannedLabels<Uint8Array> | undefined {
  if (areBytes(labels) && ignoreIndex !== 0 && ignoreIndex !== 1) return scanBytes(labels.values, ignoreIndex);
  return scanIntegers(labels.values, ignoreIndex, (length) => allocator.bytes(length), labels.format);
}

function areBytes(labels: LabelTensor): labels is LabelTensor & { readonly values: Uint8Array | Int8Array } {
  return labels.values instanceof Uint8Array || labels.values instanceof Int8Array;
}

/** Says which labels are not valid, and why. */
function reject(labels: LabelTensor, facts: LabelFacts, issues: ValidationIssues): void {
  const { form, ignore_index, background_index, layout } = facts;
  const { classes } = layout;
  const cureOf = (value: number | bigint, hasZero: boolean) => cureOfLabel(value, facts, hasZero);
  const background = background_index === undefined ? '' : `, the background_index ${background_index}`;
  const valid = {
    dense: 'a number in [0, 1]',
    binary: '0 or 1',
    indices: `${classes === 1 ? 'the class index 0' : `a class index from 0 to ${classes - 1}`}${background}`,
  };
  const rejection = { expected: `${valid[form]} or the ignore_index ${ignore_index}`, cureOf };
  if (form !== 'indices' && areBytes(labels)) {
    rejectBytes(labels, rejection, ignore_index, issues);
    return;
  }
  const isValid = {
    dense: (label: number) => label >= 0 && label <= 1,
    binary: (label: number) => label === 0 || label === 1,
    indices: (label: number) =>
      label === background_index || (Number.isInteger(label) && label >= 0 && label < classes),
  }[form];
  rejectLabels(labels, rejection, (label) => label === ignore_index || isValid(label), issues);
}
