import { viewResults } from '../core/float-format.ts';
import type { Batch } from '../loss/batch.ts';
import { BINS } from '../loss/difficulty.ts';
import {
  type ArrayOutput,
  outputLength,
  requestedArrays,
  resultFormat,
  type StoredArrays,
} from '../loss/evaluation.ts';
import type { Bins, ClassBreakdown, Difficulty, Summary } from '../loss/result.ts';
import { DTYPE_BYTES, type Dtype } from './dtype.ts';

/** A result that binary responses have as a tensor. */
export interface ResponseTensor {
  readonly name: string;
  readonly dtype: Dtype;
  readonly shape: readonly number[];
  /** How many numbers it has. */
  readonly length: number;
  /** The array that the engine writes; all other tensors are written from the summary, by their names. */
  readonly output?: ArrayOutput;
}

interface ArrayTensor extends ResponseTensor {
  readonly output: ArrayOutput;
}

/** The names of the array outputs in responses. */
export const ARRAY_NAMES: Readonly<Record<ArrayOutput, string>> = {
  gradients: 'gradients',
  elementwise: 'elementwise',
  hessian: 'hessian_diagonal',
};

/** The arrays that the batch requests, as tensors. */
export function arrayTensors(batch: Batch): ArrayTensor[] {
  return requestedArrays(batch).map((output) => ({
    name: ARRAY_NAMES[output],
    dtype: resultFormat(batch, output),
    shape: output === 'elementwise' && batch.activation === 'softmax' ? batch.sampleShape : batch.shape,
    length: outputLength(batch, output),
    output,
  }));
}

const CLASS_COUNTS = [
  'positives',
  'negatives',
  'ignored',
  'true_positives',
  'false_positives',
  'false_negatives',
] as const satisfies (keyof ClassBreakdown)[];
const CLASS_SPLITS = ['loss', 'cross_entropy', 'gradient_l1'] as const satisfies (keyof ClassBreakdown)[];

interface PerClassTensor {
  readonly name: string;
  readonly dtype: 'I64' | 'F64';
  readonly read: (breakdown: ClassBreakdown) => number | null;
}

/** The breakdown, column by column: counts as I64, all else as F64; null where the divisor is 0. */
export const PER_CLASS_TENSORS: readonly PerClassTensor[] = [
  ...CLASS_COUNTS.map((field) => perClass(field, 'I64', (c) => c[field])),
  ...CLASS_SPLITS.flatMap((field) =>
    (['positive', 'negative', 'total', 'share'] as const).map((part) =>
      perClass(`${field}.${part}`, 'F64', (c) => c[field][part]),
    ),
  ),
  ...(['positive', 'negative'] as const).map((side) => perClass(`mean_pt.${side}`, 'F64', (c) => c.mean_pt[side])),
];

const PER_CLASS_READERS = new Map(PER_CLASS_TENSORS.map(({ name, read }) => [name, read]));

function perClass(name: string, dtype: PerClassTensor['dtype'], read: PerClassTensor['read']): PerClassTensor {
  return { name: `per_class.${name}`, dtype, read };
}

/** The tensors of shape `[classes]`: α if it is a scheme, and the breakdown if it is requested. */
export function perClassTensors({ schemeAlpha, outputs, layout }: Batch): ResponseTensor[] {
  const length = layout.classes;
  const shape = [length];
  return [
    ...(schemeAlpha ? [{ name: 'alpha', dtype: 'F64', shape, length } as const] : []),
    ...(outputs.includes('per_class')
      ? PER_CLASS_TENSORS.map(({ name, dtype }) => ({ name, dtype, shape, length }))
      : []),
  ];
}

interface DifficultyTensor {
  readonly name: string;
  readonly dtype: 'I64' | 'F64';
  readonly read: (difficulty: Difficulty) => readonly (number | null)[];
}

const BIN_SHARES = ['cross_entropy', 'loss', 'gradient_l1'] as const satisfies (keyof Bins)[];

/** The bins: counts as I64, shares as F64; null where the divisor is 0. */
export const DIFFICULTY_TENSORS: readonly DifficultyTensor[] = (['positives', 'negatives'] as const).flatMap((side) => [
  { name: `difficulty.${side}.counts`, dtype: 'I64', read: (difficulty) => difficulty[side].counts },
  ...BIN_SHARES.map(
    (field): DifficultyTensor => ({
      name: `difficulty.${side}.${field}`,
      dtype: 'F64',
      read: (difficulty) => difficulty[side][field] ?? new Array<null>(BINS).fill(null),
    }),
  ),
]);

const DIFFICULTY_READERS = new Map(DIFFICULTY_TENSORS.map(({ name, read }) => [name, read]));

/** The tensors of shape `[20]`, one number per bin, if the batch requests them. */
export function difficultyTensors(batch: Batch): ResponseTensor[] {
  if (!batch.outputs.includes('difficulty')) return [];
  return DIFFICULTY_TENSORS.map(({ name, dtype }) => ({ name, dtype, shape: [BINS], length: BINS }));
}

/** The numbers of a tensor that the engine does not write. */
export function summaryNumbers(summary: Summary, name: string): readonly (number | null)[] {
  if (name === 'loss' || name === 'sum' || name === 'denominator') return [summary[name]!];
  if (name === 'alpha') return summary.alpha!;
  const readDifficulty = DIFFICULTY_READERS.get(name);
  if (readDifficulty) return readDifficulty(summary.difficulty!);
  return summary.per_class!.map(PER_CLASS_READERS.get(name)!);
}

/** How many numbers the tensors have together. */
export function countNumbers(tensors: readonly ResponseTensor[]): number {
  return tensors.reduce((total, { length }) => total + length, 0);
}

// Where the tensors of a binary response lie: at its end, one after another, behind a header whose length is not yet known.

export interface PlacedTensor extends ResponseTensor {
  readonly bytes: Uint8Array;
}

/** Wide elements first: then all tensors are aligned if the first one is, without gaps between them. */
export function wideFirst<Tensor extends ResponseTensor>(tensors: readonly Tensor[]): Tensor[] {
  return tensors.toSorted((a, b) => DTYPE_BYTES[b.dtype] - DTYPE_BYTES[a.dtype]);
}

export function tensorBytes({ dtype, length }: ResponseTensor): number {
  return DTYPE_BYTES[dtype] * length;
}

/** The bytes of all tensors together. */
export function totalTensorBytes(tensors: readonly ResponseTensor[]): number {
  return tensors.reduce((total, tensor) => total + tensorBytes(tensor), 0);
}

/** Places the tensors at the end of the buffer. */
export function placeTensors(tensors: readonly ResponseTensor[], buffer: Uint8Array): PlacedTensor[] {
  let at = buffer.length - totalTensorBytes(tensors);
  return tensors.map((tensor) => {
    const bytes = buffer.subarray(at, at + tensorBytes(tensor));
    at += bytes.length;
    return { ...tensor, bytes };
  });
}

/** Views those tensors that the engine writes as its arrays. */
export function viewArrays(batch: Batch, tensors: readonly PlacedTensor[]): StoredArrays {
  return Object.fromEntries(
    tensors.flatMap(({ output, bytes }) =>
      output === undefined ? [] : [[output, viewResults(resultFormat(batch, output), bytes)]],
    ),
  );
}

/** Writes those tensors that the engine does not write; null becomes NaN. */
export function writeSummaryTensors(tensors: readonly PlacedTensor[], summary: Summary): void {
  for (const { name, output, dtype, bytes } of tensors) {
    if (output !== undefined) continue;
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    summaryNumbers(summary, name).forEach((value, i) => {
      if (dtype === 'I64') view.setBigInt64(8 * i, BigInt(value!), true);
      else view.setFloat64(8 * i, value ?? Number.NaN, true);
    });
  }
}
