import type { Memory } from '../core/buffer-pool.ts';
import type { Complaints } from '../core/validation-issues.ts';
import type { StoredTensor, Tensor } from '../loss/tensor.ts';
import { readJsonClassOption, readJsonTensor } from './json/json-tensor.ts';
import { isRawTensor, readRawNumbers, readRawPredictions } from './raw-values.ts';
import { checkShape, MAX_RANK } from './tensor-shape.ts';

// What each tensor of a request may be, in JSON and as bytes. All return undefined where it can't be one; the
// complaints then say why.

export interface TensorContext {
  readonly memory: Memory;
  readonly complaints: Complaints;
}

export function readPredictions(value: unknown, name: string, context: TensorContext): StoredTensor | undefined {
  const { memory, complaints } = context;
  if (isRawTensor(value)) {
    if (!checkShape(value.shape, name, MAX_RANK, complaints)) return undefined;
    return readRawPredictions(value, name, memory, complaints);
  }
  const tensor = readJsonTensor(value, name, complaints, { precision: 'float32' });
  return tensor && { shape: tensor.shape, format: 'F32', values: tensor.values as Float32Array };
}

export function readLabels(value: unknown, context: TensorContext): Tensor | undefined {
  return readNumbers(value, 'labels', context, { precision: 'float64', maxRank: MAX_RANK });
}

export function readSampleWeights(value: unknown, context: TensorContext): Tensor | undefined {
  return readNumbers(value, 'sample_weights', context, { precision: 'float32', maxRank: MAX_RANK });
}

export function readClassWeights(value: unknown, context: TensorContext): Tensor | undefined {
  return readNumbers(value, 'class_weights', context, { precision: 'float64', maxRank: 1 });
}

/** One number for all classes or one per class. */
export function readClassOption(value: unknown, name: string, context: TensorContext): number | Tensor | undefined {
  const { memory, complaints } = context;
  if (!isRawTensor(value)) return readJsonClassOption(value, name, complaints);
  // Some formats and clients have no scalars but tensors of one element.
  const single = value.shape.length === 0 || (value.shape.length === 1 && value.shape[0] === 1);
  if (!single && !checkShape(value.shape, name, 1, complaints)) return undefined;
  const tensor = readRawNumbers(value, name, memory, complaints);
  return single ? tensor?.values[0] : tensor;
}

function readNumbers(
  value: unknown,
  name: string,
  { memory, complaints }: TensorContext,
  { precision, maxRank }: { precision: 'float32' | 'float64'; maxRank: number },
): Tensor | undefined {
  if (!isRawTensor(value)) return readJsonTensor(value, name, complaints, { precision, maxRank });
  return checkShape(value.shape, name, maxRank, complaints)
    ? readRawNumbers(value, name, memory, complaints)
    : undefined;
}
