import { type FloatFormat, LARGEST_FINITE, type StoredFloats } from '../core/float-format.ts';
import { coordinates } from './layout.ts';

/** Numbers in row-major order. Whoever makes one has checked that each is finite as a float32. */
export interface Tensor {
  readonly shape: readonly number[];
  readonly values: Float32Array | Float64Array | Int32Array;
}

/** Predictions as they came: nobody has looked at them. */
export interface StoredTensor {
  readonly shape: readonly number[];
  readonly format: FloatFormat;
  readonly values: StoredFloats;
}

/** The largest number that a tensor may hold. */
export const MAX_FLOAT32 = LARGEST_FINITE.F32;

/** How messages name what a tensor's numbers must be. */
export const FINITE_FLOAT32 = `a number finite as float32 (at most ±${Math.fround(MAX_FLOAT32).toPrecision(8)})`;

/** `[2, 3]`, as the messages write shapes. */
export function formatShape(shape: readonly number[]): string {
  return `[${shape.join(', ')}]`;
}

/** How a issue names a number inside a tensor. */
export function placeIn(
  name: string,
  { shape }: Pick<Tensor, 'shape'>,
  position: number,
): { pointer: string; index: number[] } {
  const index = coordinates(position, shape);
  return { pointer: `/${name}/${index.join('/')}`, index };
}
