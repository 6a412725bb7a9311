import { CLOSE_ARRAY, COMMA, OPEN_ARRAY, SMALL_E, SPACE } from './ascii';
import { endMask64, pointMask64 } from './digits';
import { readNumber, readShortNumber } from './number';
import { itemsOf, Progress, PROGRESS, setHead, setItems, setSize, sizeOf, TEXT, VALUES } from './memory-layout';

// What `readArray` returns.
const MORE: u32 = 0;
const DONE: u32 = 1;
const REJECTED: u32 = 2;

/** A number at the end of a block may go on in the next one. None is expected to be longer than this. */
const MAX_NUMBER_BYTES: usize = 1024;

/**
 * Reads a block of nested arrays of numbers; `Progress` says where it starts and where it ends. Sizes of axes are 0 until
 * their first row has closed that began in this text.
 *
 * @param start where the block starts, as an offset from `TEXT`
 * @param length of the block in bytes
 * @param skip how many numbers to leave free in front of those of the block
 * @param float64 whether values are stored as float64; else as float32
 * @returns `MORE` if the next block must start with the bytes that were not consumed, `REJECTED` if the text is anything but
 * nested arrays of equal lengths
 */
export function readArray(start: u32, length: u32, skip: u32, maxRank: u32, float64: bool): u32 {
  const progress = changetype<Progress>(PROGRESS);
  const textStart = TEXT + start;
  const textEnd = textStart + length;
  store<u64>(textEnd, 0); // So that no number goes on into an earlier block.
  let at = textStart;
  const size: usize = float64 ? 8 : 4;
  const valuesStart = VALUES + usize(skip) * size;
  let to = valuesStart;
  let depth = progress.depth;
  let afterNumber = progress.afterNumber != 0;
  // Of 64 bytes at a time: which of them end a number, and which are points.
  let masked: usize = 0;
  let ends: u64 = 0;
  let points: u64 = 0;

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

      // One row, or as much of it as the block has.
      let items = itemsOf(depth - 1);
      for (;;) {
        let shift = u64(at - masked);
        if (shift >= 64 || ends >> shift == 0) {
          masked = at;
          ends = endMask64(at);
          points = pointMask64(at);
          shift = 0;
        }
        const length = u32(ctz(ends >> shift));
        let numberEnd = at + length;
        const isShort = readShortNumber(at, length, points >> shift, to, float64);
        const behind = load<u8>(numberEnd);
        if (isShort && behind == COMMA) {
          to += size;
          items += 1;
          at = skipSpace(numberEnd + 1);
          continue;
        }
        if (!isShort || (behind | 0x20) == SMALL_E) numberEnd = readNumber(at, to, float64);
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
        if (at + MAX_NUMBER_BYTES < textEnd) return REJECTED;
        break;
      }
    }

    // Close as many rows as end here; then a comma must follow, unless the last one was the outermost.
    at = skipSpace(at);
    while (load<u8>(at) == CLOSE_ARRAY) {
      depth -= 1;
      const items = itemsOf(depth);
      if (depth < progress.headDepth) {
        setHead(depth, items);
        progress.headDepth = depth;
      } else if (sizeOf(depth) == 0) setSize(depth, items);
      else if (sizeOf(depth) != items) return REJECTED;
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
  progress.found = u32(to - valuesStart) >> (float64 ? 3 : 2);
  progress.consumed = u32(at - textStart);
  return progress.rank && depth == 0 ? DONE : MORE;
}

/** The first address from `at` on that is no JSON white space. */
@inline
function skipSpace(at: usize): usize {
  while (isSpace(load<u8>(at))) at += 1;
  return at;
}

@inline
function isSpace(byte: u32): bool {
  return byte <= SPACE && (byte == 0x20 || byte == 0x0a || byte == 0x0d || byte == 0x09);
}
