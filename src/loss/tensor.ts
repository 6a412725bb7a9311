import { coordinates } from './layout.ts';

/** Numbers in row-major order. Whoever makes one has checked that each is finite as a float32. */
export interface Tensor {
  readonly shape: readonly number[];
  readonly values: Float32Array | Float64Array | Int32Array;
}

/** The largest finite float32, and so the largest number that a tensor may hold. */
export const MAX_FLOAT32 = 3.4028234663852886e38;

/** `[2, 3]`, as the messages write shapes. */
export function formatShape(shape: readonly number[]): string {
  return `[${shape.join(', ')}]`;
}

/** How a complaint names a number inside a tensor. */
export function placeIn(name: string, tensor: Tensor, position: number): { pointer: string; index: number[] } {
  const index = coordinates(position, tensor.shape);
  return { pointer: `/${name}/${index.join('/')}`, index };
}
