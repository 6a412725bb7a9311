import { CLOSE_ARRAY, COMMA, OPEN_ARRAY } from './ascii';
import { DECIMAL_BITS, DECIMALS, toDecimals } from './decimals';
import { itemsOf, Progress, PROGRESS, setItems, sizeOf, TEXT, VALUES } from './memory-layout';
import { writeNumber } from './write-number';

/**
 * Writes the next `count` float32s of a tensor, with the brackets and commas that are due; `Progress` says which.
 *
 * @param start where the text starts, as an offset from `TEXT`
 * @returns the length of the text in bytes
 */
export function writeArray(start: u32, count: u32): u32 {
  const progress = changetype<Progress>(PROGRESS);
  const last = progress.rank - 1;
  const width = sizeOf(last);
  const end = VALUES + (usize(count) << 2);
  let from: usize = VALUES;
  let decimal: usize = DECIMALS;
  toDecimals(count);
  const textStart = TEXT + start;
  let at = textStart;
  while (from < end) {
    let items = itemsOf(last);
    if (items > 0) store<u8>(at++, COMMA);
    for (; progress.depth > 0; progress.depth--) store<u8>(at++, OPEN_ARRAY);
    const rowEnd = min(end, from + (usize(width - items) << 2));
    items += u32((rowEnd - from) >> 2);
    for (;;) {
      at = writeNumber(at, load<u32>(from), decimal);
      decimal += 1 << DECIMAL_BITS;
      from += 4;
      if (from == rowEnd) break;
      store<u8>(at++, COMMA);
    }
    setItems(last, items);
    if (items == width) at = closeRows(progress, at);
  }
  return u32(at - textStart);
}

/** Closes a row, and the rows around it that end with it. */
function closeRows(progress: Progress, start: usize): usize {
  let at = start;
  for (let axis = progress.rank; axis > 0; axis--) {
    setItems(axis - 1, 0);
    store<u8>(at++, CLOSE_ARRAY);
    progress.depth += 1;
    if (axis == 1) break;
    const items = itemsOf(axis - 2) + 1;
    setItems(axis - 2, items);
    if (items < sizeOf(axis - 2)) {
      store<u8>(at++, COMMA);
      break;
    }
  }
  return at;
}
