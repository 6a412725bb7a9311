import { type FloatFormat, LARGEST_FINITE, type StoredFloats } from '../core/float-format.ts';
import { coordinates } from './layout.ts';

/** Numbers in row-major order, all of them checked to be finite as float32. */
export interface Tensor {
  readonly shape: readonly number[];
  readonly values: Float32Array | Float64Array | Int32Array;
}

/** Predictions in the format in which they were sent, not checked yet. */
export interface StoredTensor {
  readonly shape: readonly number[];
  readonly format: FloatFormat;
  readonly values: StoredFloats;
}

/** The largest number that a tensor may hold. */
export const MAX_FLOAT32 = LARGEST_FINITE.F32;

/** How messages describe the numbers that a tensor may hold. */
export const FINITE_FLOAT32 = `a number finite as float32 (at most ±${Math.fround(MAX_FLOAT32).toPrecision(8)})`;

/** A shape as messages write it: `[2, 3]`. */
export function formatShape(shape: readonly number[]): string {
  return `[${shape.join(', ')}]`;
}

/** The location of a number in a tensor, as issues give it: a JSON pointer and the index. */
export function placeIn(
  name: string,
  { shape }: Pick<Tensor, 'shape'>,
  position: number,
): { pointer: string; index: number[] } {
  const index = coordinates(position, shape);
  return { pointer: `/${name}/${index.join('/')}`, index };
}

export function sameShape(a: readonly number[], b: readonly number[]): boolean {
  return a.length === b.length && a.every((size, axis) => size === b[axis]);
}
