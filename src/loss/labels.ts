import type { Allocator } from '../core/allocator.ts';
import { share } from '../core/share.ts';
import type { ValidationIssues } from '../core/validation-issues.ts';
import { type Batch, IGNORED, type Labels } from './batch.ts';
import {
  type IndexRules,
  type LabelScan,
  type LabelValues,
  scanBytes,
  scanFloats,
  scanIndices,
  scanIntegers,
} from './label-scan/label-scan.ts';
import type { Options } from './options.ts';
import { formatShape, isOnePerSample, type LabelTensor, placeIn, sameShape } from './tensor.ts';

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

/** The facts about predictions that labels are checked against. */
type LabelledPredictions = Pick<Batch, 'source' | 'shape' | 'sampleShape' | 'layout'>;

/**
 * Checks labels, which by their shape are dense or class indices, and converts them to those of `Batch`.
 *
 * @param allocator where labels go that have to be converted, or are not in shared memory yet
 */
export function checkLabels(
  labels: LabelTensor,
  predictions: LabelledPredictions,
  options: Pick<Options, 'activation' | 'ignore_index' | 'background_index'>,
  allocator: Allocator,
  issues: ValidationIssues,
): CheckedLabels {
  const { source, layout } = predictions;
  const { classes } = layout;
  const ignoreIndex = options.ignore_index;
  const backgroundIndex = options.background_index;
  const dense = sameShape(labels.shape, predictions.shape);
  if (backgroundIndex !== undefined) {
    if (options.activation === 'softmax' || dense) {
      issues.add(() => ({
        pointer: '/background_index',
        message: `expected none: it applies to class indices under sigmoid, and this is ${
          options.activation === 'softmax' ? 'softmax' : 'a batch of dense labels'
        }`,
      }));
    } else if (backgroundIndex === ignoreIndex) {
      issues.add(() => ({
        pointer: '/background_index',
        message: `expected a value other than the ignore_index, got ${backgroundIndex} for both`,
      }));
    }
  }
  if (dense) return checkDenseLabels(labels, ignoreIndex, allocator, issues);
  if (predictions.shape.length > 1 && isOnePerSample(labels.shape, predictions.sampleShape)) {
    return checkClassIndices(labels, { classes, ignoreIndex, backgroundIndex }, allocator, issues);
  }
  issues.add(() => ({
    pointer: '/labels',
    message: `expected shape ${formatShape(predictions.shape)} (dense, as ${source})${
      predictions.shape.length > 1 ? ` or ${formatShape(predictions.sampleShape)} (class indices)` : ''
    }, got ${formatShape(labels.shape)}`,
  }));
  return REJECTED;
}

/** Dense labels have the predictions' shape; each is in [0, 1] or equals `ignoreIndex`. */
function checkDenseLabels(
  labels: LabelTensor,
  ignoreIndex: number,
  allocator: Allocator,
  issues: ValidationIssues,
): CheckedLabels {
  const checked = scanDenseLabels(labels.values, ignoreIndex, allocator);
  if (checked) return checked;
  const expected = `a number in [0, 1] or the ignore_index ${ignoreIndex}`;
  return rejectLabels(labels, expected, (y) => y === ignoreIndex || (y >= 0 && y <= 1), issues);
}

/** Labels that are those of a batch already stay where they are. */
function scanDenseLabels(labels: LabelValues, ignoreIndex: number, allocator: Allocator): CheckedLabels | undefined {
  if (labels instanceof Float32Array) {
    const scan = scanFloats(labels, ignoreIndex);
    const isMarked = scan?.ignored === 0 || ignoreIndex === IGNORED;
    if (scan === undefined || isMarked) return withValues(share(labels, allocator), scan);
  }
  if (labels instanceof Float32Array || labels instanceof Float64Array) {
    const values = allocator.float32(labels.length);
    return withValues(values, scanFloats(labels, ignoreIndex, values));
  }
  if (labels instanceof Int32Array || ignoreIndex === 0 || ignoreIndex === 1) {
    const values = allocator.bytes(labels.length);
    return withValues(values, scanIntegers(labels, ignoreIndex, values));
  }
  const { buffer, byteOffset, length } = labels;
  return withValues(share(new Uint8Array(buffer, byteOffset, length), allocator), scanBytes(labels, ignoreIndex));
}

/** Class indices are one label per sample, each in [0, classes), `ignoreIndex` or `backgroundIndex`. */
function checkClassIndices(
  labels: LabelTensor,
  rules: IndexRules,
  allocator: Allocator,
  issues: ValidationIssues,
): CheckedLabels {
  const { classes, ignoreIndex, backgroundIndex } = rules;
  const checked = scanClassIndices(labels.values, rules, allocator);
  if (checked) return { ...checked, ignored: checked.ignored * classes };
  const background = backgroundIndex === undefined ? '' : `, the background_index ${backgroundIndex}`;
  const expected = `a class index from 0 to ${classes - 1}${background} or the ignore_index ${ignoreIndex}`;
  const isIndex = (label: number) => Number.isInteger(label) && label >= 0 && label < classes;
  const isValid = (label: number) => label === ignoreIndex || label === backgroundIndex || isIndex(label);
  return rejectLabels(labels, expected, isValid, issues);
}

function scanClassIndices(labels: LabelValues, rules: IndexRules, allocator: Allocator): CheckedLabels | undefined {
  if (labels instanceof Int32Array) {
    const scan = scanIndices(labels, rules);
    if (scan === undefined || scan.ignored + scan.background === 0) return withValues(share(labels, allocator), scan);
  }
  const values = allocator.int32(labels.length);
  return withValues(values, scanIndices(labels, rules, values));
}

function withValues(values: Labels, scan: LabelScan | undefined): CheckedLabels | undefined {
  return scan && { values, ignored: scan.ignored, positives: scan.positives };
}

/** Says which labels are wrong; the scans only say that some are. */
function rejectLabels(
  labels: LabelTensor,
  expected: string,
  isValid: (label: number) => boolean,
  issues: ValidationIssues,
): CheckedLabels {
  const { values } = labels;
  for (let at = 0; at < values.length && !issues.areEnough; at++) {
    if (isValid(values[at]!)) continue;
    issues.add(() => ({ ...placeIn('labels', labels, at), message: `expected ${expected}, got ${values[at]}` }));
  }
  return REJECTED;
}
