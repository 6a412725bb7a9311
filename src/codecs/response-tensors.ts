import { type ResultFormat, viewResults } from '../core/float-format.ts';
import type { Batch } from '../loss/batch.ts';
import { type ClassColumn, COUNT_COLUMNS, NUMBER_COLUMNS, PRIOR_COLUMNS } from '../loss/class-columns.ts';
import { BINS } from '../loss/difficulty.ts';
import {
  type ArrayOutput,
  outputLength,
  requestedArrays,
  resultFormat,
  type StoredArrays,
} from '../loss/evaluation.ts';
import type { Bins, Difficulty } from '../loss/result.ts';
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
  readonly dtype: ResultFormat;
  readonly output: ArrayOutput;
}

/** The names of the array outputs in responses. */
export const ARRAY_NAMES: Readonly<Record<ArrayOutput, string>> = {
  gradients: 'gradients',
  elementwise: 'elementwise',
  hessian: 'hessian_diagonal',
  posterior: 'posterior',
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

interface PerClassTensor {
  readonly name: `per_class.${ClassColumn}`;
  readonly dtype: 'I64' | 'F64';
  readonly column: ClassColumn;
}

/** The breakdown, column by column: counts as I64, all else as F64; NaN, or null in JSON, where the divisor is 0. */
export const PER_CLASS_TENSORS: readonly PerClassTensor[] = [
  ...COUNT_COLUMNS.map((column) => perClass(column, 'I64')),
  ...NUMBER_COLUMNS.map((column) => perClass(column, 'F64')),
];

/** Those that only batches with the output `posterior` have. */
export const PRIOR_TENSORS: readonly PerClassTensor[] = PRIOR_COLUMNS.map((column) => perClass(column, 'F64'));

function perClass(column: ClassColumn, dtype: PerClassTensor['dtype']): PerClassTensor {
  return { name: `per_class.${column}`, dtype, column };
}

/** The tensors of shape `[classes]`: α if it is a scheme, and the breakdown if it is requested. */
export function perClassTensors({ schemeAlpha, outputs, layout }: Batch): ResponseTensor[] {
  const length = layout.classes;
  const shape = [length];
  const breakdown = outputs.includes('posterior') ? [...PER_CLASS_TENSORS, ...PRIOR_TENSORS] : PER_CLASS_TENSORS;
  return [
    ...(schemeAlpha ? [{ name: 'alpha', dtype: 'F64', shape, length } as const] : []),
    ...(outputs.includes('per_class') ? breakdown.map(({ name, dtype }) => ({ name, dtype, shape, length })) : []),
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

/** The tensors of shape `[20]`, one number per bin, if the batch requests them. */
export function difficultyTensors(batch: Batch): ResponseTensor[] {
  if (!batch.outputs.includes('difficulty')) return [];
  return DIFFICULTY_TENSORS.map(({ name, dtype }) => ({ name, dtype, shape: [BINS], length: BINS }));
}

/** How many numbers the tensors have together. */
export function countNumbers(tensors: readonly ResponseTensor[]): number {
  return tensors.reduce((total, { length }) => total + length, 0);
}

// How long tensors take to encode, in float32 values that are written as text one by one. Those of the breakdown are float64
// or wide integers, and the engine's arrays are already where binary responses have them.
const WIDE_TEXT = 3;
const WIDE_COPY = 1 / 16;

/** An equation is solved for each initial logit, in up to 3 µs. */
const SOLVED = 64;
const SOLVED_TENSOR = PRIOR_TENSORS.find(({ column }) => column === 'initial_logit')!.name;

export function numbersToWrite(tensors: readonly ResponseTensor[]): number {
  return numbersToSolve(tensors) + sumOf(tensors, ({ length, output }) => (output ? length : WIDE_TEXT * length));
}

export function numbersToCopy(tensors: readonly ResponseTensor[]): number {
  return numbersToSolve(tensors) + sumOf(tensors, ({ length, output }) => (output ? 0 : WIDE_COPY * length));
}

function numbersToSolve(tensors: readonly ResponseTensor[]): number {
  return sumOf(tensors, ({ name, length }) => (name === SOLVED_TENSOR ? SOLVED * length : 0));
}

function sumOf(tensors: readonly ResponseTensor[], numberOf: (tensor: ResponseTensor) => number): number {
  return tensors.reduce((total, tensor) => total + numberOf(tensor), 0);
}

// Where the tensors of a binary response lie: in most formats at its end, one after another, behind a header whose length is not yet
// known.

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

/** The offsets of tensors that are the end of a buffer. */
function offsetsAtEnd(tensors: readonly ResponseTensor[], buffer: Uint8Array): number[] {
  let at = buffer.length - totalTensorBytes(tensors);
  return tensors.map((tensor) => {
    at += tensorBytes(tensor);
    return at - tensorBytes(tensor);
  });
}

/** Places the tensors in the buffer, at its end if no other offsets are given. */
export function placeTensors(
  tensors: readonly ResponseTensor[],
  buffer: Uint8Array,
  offsets: readonly number[] = offsetsAtEnd(tensors, buffer),
): PlacedTensor[] {
  return tensors.map((tensor, i) => {
    // `subarray` takes a microsecond.
    const bytes = new Uint8Array(buffer.buffer, buffer.byteOffset + offsets[i]!, tensorBytes(tensor));
    return { ...tensor, bytes };
  });
}

/** Views those tensors that the engine writes as its arrays, where `placeTensors` places them. */
export function viewArrays(
  batch: Batch,
  tensors: readonly ResponseTensor[],
  buffer: Uint8Array,
  offsets: readonly number[] = offsetsAtEnd(tensors, buffer),
): StoredArrays {
  const arrays: { -readonly [output in ArrayOutput]?: Float32Array | Uint16Array } = {};
  tensors.forEach((tensor, i) => {
    const { output } = tensor;
    if (output === undefined) return;
    const bytes = new Uint8Array(buffer.buffer, buffer.byteOffset + offsets[i]!, tensorBytes(tensor));
    arrays[output] = viewResults(resultFormat(batch, output), bytes);
  });
  return arrays;
}
