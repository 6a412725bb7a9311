/** The lanes of a vector that are numbers of the block, as bits. */
@inline
export function lanesOf(rest: u32, lanes: u32): i32 {
  return (1 << i32(min(rest, lanes))) - 1;
}

/** The sum of four int32. */
@inline
export function sumOfLanes(counts: v128): i32 {
  const pairs = i32x4.add(counts, i32x4.shuffle(counts, counts, 2, 3, 0, 1));
  return i32x4.extract_lane(pairs, 0) + i32x4.extract_lane(pairs, 1);
}
