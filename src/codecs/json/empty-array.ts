/**
 * A tensor without numbers as nested arrays in JSON, as `numpy.ndarray.tolist` nests them: `[2, 0]` is `[[],[]]`.
 *
 * @param shape has an axis of 0
 */
export function emptyArrayText(shape: readonly number[]): string {
  const rows = shape.slice(0, shape.indexOf(0));
  return rows.reduceRight((row, size) => `[${new Array<string>(size).fill(row).join(',')}]`, '[]');
}
