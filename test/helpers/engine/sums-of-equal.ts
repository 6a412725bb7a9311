/**
 * The float32 sum of so many copies of a value, that are added one at a time, or two at a time, the first of an odd number alone.
 */
export function sumOfEqual(value: number, copies: number, atATime: 1 | 2): number {
  let sum = copies % atATime === 1 ? value : 0;
  for (let added = copies % atATime; added < copies; added += atATime) sum = Math.fround(sum + atATime * value);
  return sum;
}
