import type { Allocator } from '../core/allocator.ts';
import type { ValidationIssues } from '../core/validation-issues.ts';
import { MAX_RANK } from '../loss/limits.ts';
import { formatShape, type LabelTensor, type StoredTensor, type Tensor } from '../loss/tensor.ts';
import { readJsonClassOption, readJsonTensor } from './json/json-tensor.ts';
import {
  isRawTensor,
  isRegionTensor,
  type RawTensor,
  readRawLabels,
  readRawNumbers,
  readRawPredictions,
} from './raw-tensor.ts';

// Reads each tensor of a request, from JSON or from bytes. All functions return undefined if the value is not valid; the
// issues then say why.

export interface TensorContext {
  readonly allocator: Allocator;
  readonly issues: ValidationIssues;
}

export function readPredictions(value: unknown, name: string, context: TensorContext): StoredTensor | undefined {
  const { allocator, issues } = context;
  if (isRawTensor(value) || isRegionTensor(value)) {
    if (!checkShape(value.shape, name, MAX_RANK, issues)) return undefined;
    return readRawPredictions(value, name, allocator, issues);
  }
  const tensor = readJsonTensor(value, name, context, { precision: 'float32' });
  return tensor && { shape: tensor.shape, format: 'F32', values: tensor.values as Float32Array };
}

export function readLabels(value: unknown, context: TensorContext): LabelTensor | undefined {
  if (!isRawTensor(value)) return readJsonTensor(value, 'labels', context, { precision: 'float64', booleans: true });
  const { allocator, issues } = context;
  return checkShape(value.shape, 'labels', MAX_RANK, issues) ? readRawLabels(value, allocator) : undefined;
}

export function readSampleWeights(value: unknown, context: TensorContext): Tensor | undefined {
  return readNumbers(value, 'sample_weights', context, { precision: 'float32', maxRank: MAX_RANK });
}

export function readElementWeights(value: unknown, context: TensorContext): Tensor | undefined {
  return readNumbers(value, 'element_weights', context, { precision: 'float32', maxRank: MAX_RANK });
}

export function readClassWeights(value: unknown, context: TensorContext): Tensor | undefined {
  return readNumbers(isRawTensor(value) ? perClass(value) : value, 'class_weights', context, {
    precision: 'float64',
    maxRank: 1,
  });
}

/** One number for all classes or one per class. */
export function readClassOption(value: unknown, name: string, context: TensorContext): number | Tensor | undefined {
  const { allocator, issues } = context;
  if (!isRawTensor(value)) return readJsonClassOption(value, name, context);
  const raw = perClass(value);
  // Some formats and clients have no scalars; they send tensors of one element.
  const single = raw.shape.length === 0 || (raw.shape.length === 1 && raw.shape[0] === 1);
  if (!single && !checkShape(raw.shape, name, 1, issues)) return undefined;
  const tensor = readRawNumbers(raw, name, allocator, issues);
  return single ? tensor?.values[0] : tensor;
}

/** MLServer's NumPy codec makes `[C, 1]` of an array of C. */
function perClass(raw: RawTensor): RawTensor {
  const [classes, one] = raw.shape;
  return raw.shape.length === 2 && one === 1 ? { ...raw, shape: [classes!] } : raw;
}

function readNumbers(
  value: unknown,
  name: string,
  context: TensorContext,
  { precision, maxRank }: { precision: 'float32' | 'float64'; maxRank: number },
): Tensor | undefined {
  if (!isRawTensor(value)) return readJsonTensor(value, name, context, { precision, maxRank });
  const { allocator, issues } = context;
  return checkShape(value.shape, name, maxRank, issues) ? readRawNumbers(value, name, allocator, issues) : undefined;
}

/** Checks a shape that the request states, and whose sizes may be 0; json-tensor.ts finds out the shape of nested arrays. */
function checkShape(shape: readonly number[], name: string, maxRank: number, issues: ValidationIssues): boolean {
  if (shape.length >= 1 && shape.length <= maxRank) return true;
  const axes = maxRank === 1 ? '1 axis, one number per class' : `1 to ${maxRank} axes`;
  issues.add(() => ({ pointer: `/${name}`, message: `expected ${axes}, got shape ${formatShape(shape)}` }));
  return false;
}
