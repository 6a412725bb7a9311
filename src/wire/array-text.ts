import { product } from '../loss/layout.ts';
import { CLOSE_ARRAY, COMMA, OPEN_ARRAY } from './ascii.ts';
import { MAX_FLOAT32_TEXT, writeFloat32 } from './float32-text.ts';

/** As many bytes as the nested arrays of a tensor take at most: each number with a comma, each row with brackets and one. */
export function roomForArray(shape: readonly number[]): number {
  const rows = shape.reduce((total, _, axis) => total + product(shape.slice(0, axis)), 0);
  return product(shape) * (MAX_FLOAT32_TEXT + 1) + rows * 3;
}

/**
 * Writes `[[…],…]` at `offset`, number by number, with no JavaScript array between.
 *
 * @param values finite
 * @returns the offset behind it
 */
export function writeArray(text: Uint8Array, offset: number, values: Float32Array, shape: readonly number[]): number {
  let at = offset;
  let next = 0;
  const visit = (axis: number): void => {
    text[at++] = OPEN_ARRAY;
    for (let i = 0; i < shape[axis]!; i++) {
      if (i > 0) text[at++] = COMMA;
      if (axis === shape.length - 1) at = writeFloat32(text, at, values, next++);
      else visit(axis + 1);
    }
    text[at++] = CLOSE_ARRAY;
  };
  visit(0);
  return at;
}
