import { CLOSE_ARRAY, COMMA, OPEN_ARRAY } from './ascii';
import { Progress, PROGRESS, TEXT } from './memory-layout';

/**
 * Counts the commas of a block of nested arrays, up to the bracket that closes the outermost; `Progress` says how many arrays
 * are open before the block and, afterwards, behind it.
 *
 * @param start where the block starts, as an offset from `TEXT`
 * @param length of the block in bytes
 */
export function countCommas(start: u32, length: u32): u32 {
  const progress = changetype<Progress>(PROGRESS);
  const end = TEXT + start + length;
  let at = TEXT + start;
  let open = progress.unclosed;
  let commas: u32 = 0;
  while (at < end && open > 0) {
    const bytes = v128.load(at);
    const closing = countEqual(bytes, CLOSE_ARRAY);
    if (at + 16 <= end && closing < open) {
      // The outermost array cannot end here.
      commas += countEqual(bytes, COMMA);
      open += countEqual(bytes, OPEN_ARRAY) - closing;
      at += 16;
      continue;
    }
    const byte = load<u8>(at);
    if (byte == COMMA) commas += 1;
    else if (byte == OPEN_ARRAY) open += 1;
    else if (byte == CLOSE_ARRAY) open -= 1;
    at += 1;
  }
  progress.unclosed = open;
  return commas;
}

@inline
function countEqual(bytes: v128, character: u32): u32 {
  return popcnt(i8x16.bitmask(i8x16.eq(bytes, i8x16.splat(u8(character)))));
}
