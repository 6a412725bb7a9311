import type { Allocator } from '../core/allocator.ts';
import { share } from '../core/share.ts';
import type { ValidationIssues } from '../core/validation-issues.ts';
import type { Batch, Labels } from './batch.ts';
import {
  type IndexRules,
  type ScannedLabels,
  scanBytes,
  scanFloats,
  scanIndices,
  scanIntegers,
} from './label-scan/label-scan.ts';
import type { Options } from './options.ts';
import { rejectBytes, rejectLabels } from './reject-labels.ts';
import { formatShape, isOnePerSample, type LabelTensor, sameShape } from './tensor.ts';

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
  const scanned = scanDenseLabels(labels, ignoreIndex, allocator);
  if (scanned) return { ...scanned, values: share(scanned.values, allocator) };
  const expected = `a number in [0, 1] or the ignore_index ${ignoreIndex}`;
  if (areBytes(labels)) rejectBytes(labels, expected, ignoreIndex, issues);
  else rejectLabels(labels, expected, (y) => y === ignoreIndex || (y >= 0 && y <= 1), issues);
  return REJECTED;
}

function areBytes(labels: LabelTensor): labels is LabelTensor & { readonly values: Uint8Array | Int8Array } {
  return labels.values instanceof Uint8Array || labels.values instanceof Int8Array;
}

function scanDenseLabels(
  labels: LabelTensor,
  ignoreIndex: number,
  allocator: Allocator,
): ScannedLabels<Float32Array | Uint8Array> | undefined {
  const { values, format } = labels;
  if (values instanceof Float32Array || values instanceof Float64Array) {
    return scanFloats(values, ignoreIndex, (length) => allocator.float32(length));
  }
  if (format !== undefined) {
    return scanFloats(values as Uint16Array, ignoreIndex, (length) => allocator.float32(length), format);
  }
  if (areBytes(labels) && ignoreIndex !== 0 && ignoreIndex !== 1) return scanBytes(labels.values, ignoreIndex);
  return scanIntegers(values, ignoreIndex, (length) => allocator.bytes(length));
}

/** Class indices are one label per sample, each in [0, classes), `ignoreIndex` or `backgroundIndex`. */
function checkClassIndices(
  labels: LabelTensor,
  rules: IndexRules,
  allocator: Allocator,
  issues: ValidationIssues,
): CheckedLabels {
  const { classes, ignoreIndex, backgroundIndex } = rules;
  const scanned = scanIndices(labels.values, rules, (length) => allocator.int32(length), labels.format);
  if (scanned) {
    const { values, ignored, positives } = scanned;
    return { values: share(values, allocator), ignored: ignored * classes, positives };
  }
  const background = backgroundIndex === undefined ? '' : `, the background_index ${backgroundIndex}`;
  const expected = `a class index from 0 to ${classes - 1}${background} or the ignore_index ${ignoreIndex}`;
  const isIndex = (label: number) => Number.isInteger(label) && label >= 0 && label < classes;
  const isValid = (label: number) => label === ignoreIndex || label === backgroundIndex || isIndex(label);
  rejectLabels(labels, expected, isValid, issues);
  return REJECTED;
}
