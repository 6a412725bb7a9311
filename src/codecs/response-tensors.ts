import { viewResults } from '../core/float-format.ts';
import type { Batch } from '../loss/batch.ts';
import { BINS } from '../loss/difficulty.ts';
import { type ArrayOutput, requestedArrays, resultFormat, type StoredArrays } from '../loss/evaluation.ts';
import { product } from '../loss/layout.ts';
import type { Bins, ClassBreakdown, Difficulty, Summary } from '../loss/result.ts';
import { DTYPE_BYTES, type Dtype } from './dtype.ts';

/** A tensor of a binary answer. */
export interface ResponseTensor {
  readonly name: string;
  readonly dtype: Dtype;
  readonly shape: readonly number[];
  /** What the engine fills in; all others are filled in from the summary, by their names. */
  readonly output?: ArrayOutput;
}

interface ArrayTensor extends ResponseTensor {
  readonly output: ArrayOutput;
}

/** An answer's tensors at their places. */
export interface PlacedTensor extends ResponseTensor {
  readonly bytes: Uint8Array;
}

/** What the array outputs are called in answers. */
export const ARRAY_NAMES: Readonly<Record<ArrayOutput, string>> = {
  gradients: 'gradients',
  elementwise: 'elementwise',
  hessian: 'hessian_diagonal',
};

/** The arrays that a batch asks for, as tensors. */
export function arrayTensors(batch: Batch): ArrayTensor[] {
  return requestedArrays(batch).map((output) => ({
    name: ARRAY_NAMES[output],
    dtype: resultFormat(batch, output),
    shape: output === 'elementwise' && batch.activation === 'softmax' ? batch.sampleShape : batch.shape,
    output,
  }));
}

const perClassCounts = [
  'positives',
  'negatives',
  'ignored',
  'true_positives',
  'false_positives',
  'false_negatives',
] as const satisfies (keyof ClassBreakdown)[];
const perClassSplits = ['loss', 'cross_entropy', 'gradient_l1'] as const satisfies (keyof ClassBreakdown)[];

interface PerClassTensor {
  readonly name: string;
  readonly dtype: 'I64' | 'F64';
  readonly read: (breakdown: ClassBreakdown) => number | null;
}

/** The breakdown, column by column: counts as I64, all else as F64, null where there is nothing to divide by. */
export const PER_CLASS_TENSORS: readonly PerClassTensor[] = [
  ...perClassCounts.map((field) => perClass(field, 'I64', (c) => c[field])),
  ...perClassSplits.flatMap((field) =>
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

/** What is said of each class, as tensors of `[classes]`: α where a scheme gave it, the breakdown if it was requested. */
export function perClassTensors({ schemeAlpha, outputs, layout }: Batch): ResponseTensor[] {
  const shape = [layout.classes];
  return [
    ...(schemeAlpha ? [{ name: 'alpha', dtype: 'F64', shape } as const] : []),
    ...(outputs.includes('per_class') ? PER_CLASS_TENSORS.map(({ name, dtype }) => ({ name, dtype, shape })) : []),
  ];
}

interface DifficultyTensor {
  readonly name: string;
  readonly dtype: 'I64' | 'F64';
  readonly read: (difficulty: Difficulty) => readonly (number | null)[];
}

const binShares = ['cross_entropy', 'loss', 'gradient_l1'] as const satisfies (keyof Bins)[];

/** The bins: counts as I64, shares as F64, null where there is nothing to divide by. */
export const DIFFICULTY_TENSORS: readonly DifficultyTensor[] = (['positives', 'negatives'] as const).flatMap((side) => [
  { name: `difficulty.${side}.counts`, dtype: 'I64', read: (difficulty) => difficulty[side].counts },
  ...binShares.map(
    (field): DifficultyTensor => ({
      name: `difficulty.${side}.${field}`,
      dtype: 'F64',
      read: (difficulty) => difficulty[side][field] ?? new Array<null>(BINS).fill(null),
    }),
  ),
]);

const DIFFICULTY_READERS = new Map(DIFFICULTY_TENSORS.map(({ name, read }) => [name, read]));

/** The bins as tensors of `[20]`, if the batch asks for them. */
export function difficultyTensors(batch: Batch): ResponseTensor[] {
  if (!batch.outputs.includes('difficulty')) return [];
  return DIFFICULTY_TENSORS.map(({ name, dtype }) => ({ name, dtype, shape: [BINS] }));
}

/** The numbers of a tensor that no engine fills in. */
export function summaryNumbers(summary: Summary, name: string): readonly (number | null)[] {
  if (name === 'loss' || name === 'sum' || name === 'denominator') return [summary[name]!];
  if (name === 'alpha') return summary.alpha!;
  const ofDifficulty = DIFFICULTY_READERS.get(name);
  if (ofDifficulty) return ofDifficulty(summary.difficulty!);
  return summary.per_class!.map(PER_CLASS_READERS.get(name)!);
}

export function numbersIn(tensors: readonly ResponseTensor[]): number {
  return tensors.reduce((total, { shape }) => total + product(shape), 0);
}

/** Wide elements first: then every tensor of a file without gaps is aligned if the first one is. */
export function inFileOrder<T extends ResponseTensor>(tensors: readonly T[]): T[] {
  return tensors.toSorted((a, b) => DTYPE_BYTES[b.dtype] - DTYPE_BYTES[a.dtype]);
}

export function bytesOf({ dtype, shape }: ResponseTensor): number {
  return DTYPE_BYTES[dtype] * product(shape);
}

/** Gives each tensor its place, one after the other; `room` must be as long as all of them together. */
export function placeTensors(tensors: readonly ResponseTensor[], room: Uint8Array): PlacedTensor[] {
  let at = 0;
  return tensors.map((tensor) => {
    const bytes = room.subarray(at, at + bytesOf(tensor));
    at += bytes.length;
    return { ...tensor, bytes };
  });
}

/** The places of what an engine fills in. */
export function arraysAmong(batch: Batch, tensors: readonly PlacedTensor[]): StoredArrays {
  return Object.fromEntries(
    tensors.flatMap(({ output, bytes }) =>
      output === undefined ? [] : [[output, viewResults(resultFormat(batch, output), bytes)]],
    ),
  );
}

/** Fills in what comes from the summary; NaN for null. */
export function fillFromSummary(tensors: readonly PlacedTensor[], summary: Summary): void {
  for (const { name, output, dtype, bytes } of tensors) {
    if (output !== undefined) continue;
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    summaryNumbers(summary, name).forEach((value, i) => {
      if (dtype === 'I64') view.setBigInt64(8 * i, BigInt(value!), true);
      else view.setFloat64(8 * i, value ?? Number.NaN, true);
    });
  }
}
