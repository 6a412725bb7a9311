/** The sum of one sample's values, in float64. */
export function rowTotal(values: Float32Array | Uint8Array, row: number, classes: number): number {
  let total = 0;
  for (let at = row * classes; at < (row + 1) * classes; at++) total += values[at]!;
  return total;
}
