/** The lanes of a vector that are numbers of the block, as bits. */
@inline
export function lanesOf(rest: u32, lanes: u32): i32 {
  return (1 << i32(min(rest, lanes))) - 1;
}
