import { CLOSE_ARRAY, COMMA, OPEN_ARRAY, SPACE } from './ascii';
import { readNumber } from './number';
import { itemsOf, Progress, PROGRESS, setItems, setSize, sizeOf, TEXT, VALUES } from './places';

// What `readArray` returns.
const MORE: u32 = 0;
const DONE: u32 = 1;
const REJECTED: u32 = 2;

/** A number that ends no sooner than the block may have more digits in the next; so long, none is expected to be. */
const LONGEST_NUMBER: usize = 1024;

/**
 * Reads a block of nested arrays of numbers; `Progress` says where it starts and where it ends. Sizes of axes are 0 until
 * their first row has closed.
 *
 * @param start where the block lies, counted from `TEXT`
 * @param length of it, in bytes
 * @param skip how many numbers to leave free before those of the block
 * @param wide whether values are float64, not float32
 * @returns `MORE` where the next block has to start with what was not consumed, `REJECTED` where this is anything but
 * nested arrays of equal lengths
 */
export function readArray(start: u32, length: u32, skip: u32, maxRank: u32, wide: bool): u32 {
  const progress = changetype<Progress>(PROGRESS);
  const textStart = TEXT + start;
  const textEnd = textStart + length;
  store<u64>(textEnd, 0); // Ends whatever was there before.
  let at = textStart;
  const size: usize = wide ? 8 : 4;
  const valuesStart = VALUES + usize(skip) * size;
  let to = valuesStart;
  let depth = progress.depth;
  let afterNumber = progress.afterNumber != 0;

  for (;;) {
    if (!afterNumber) {
      at = skipSpace(at);
      const rank = progress.rank; // 0 before the first number.
      if (load<u8>(at) == OPEN_ARRAY) {
        if (depth == (rank ? rank : maxRank)) return REJECTED;
        setItems(depth, 0);
        depth += 1;
        at += 1;
        continue;
      }
      if (at >= textEnd) break;
      if (depth == 0 || (rank && depth != rank)) return REJECTED;
      progress.rank = depth;

      // One row, or as much of it as there is.
      let items = itemsOf(depth - 1);
      for (;;) {
        const numberEnd = readNumber(at, to, wide);
        if (numberEnd == 0 || numberEnd >= textEnd) break;
        to += size;
        items += 1;
        at = skipSpace(numberEnd);
        if (load<u8>(at) != COMMA) {
          afterNumber = true;
          break;
        }
        at = skipSpace(at + 1);
      }
      setItems(depth - 1, items);
      if (!afterNumber) {
        // This is no number, or the start of one.
        if (at + LONGEST_NUMBER < textEnd) return REJECTED;
        break;
      }
    }

    // Close as many rows as end here; then a comma must follow, unless the last one was the outermost.
    at = skipSpace(at);
    while (load<u8>(at) == CLOSE_ARRAY) {
      depth -= 1;
      const items = itemsOf(depth);
      if (sizeOf(depth) == 0) setSize(depth, items);
      if (sizeOf(depth) != items) return REJECTED;
      at += 1;
      if (depth == 0) break;
      setItems(depth - 1, itemsOf(depth - 1) + 1);
      at = skipSpace(at);
    }
    if (depth == 0 || at >= textEnd) break;
    if (load<u8>(at) != COMMA) return REJECTED;
    at += 1;
    afterNumber = false;
  }

  progress.afterNumber = u32(afterNumber);
  progress.depth = depth;
  progress.found = u32(to - valuesStart) >> (wide ? 3 : 2);
  progress.consumed = u32(at - textStart);
  return progress.rank && depth == 0 ? DONE : MORE;
}

/** The first place from `at` on that is no JSON white space. */
@inline
function skipSpace(at: usize): usize {
  while (isSpace(load<u8>(at))) at += 1;
  return at;
}

@inline
function isSpace(byte: u32): bool {
  return byte <= SPACE && (byte == 0x20 || byte == 0x0a || byte == 0x0d || byte == 0x09);
}
