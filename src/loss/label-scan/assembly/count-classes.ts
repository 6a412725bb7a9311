import { sumOfLanes } from './lanes';
import { RESULT } from './memory-layout';

// Count the labels of a batch by class, block by block.

const HALF: f32 = 0.5;
const IGNORED: f32 = -1;
const PAGE_BYTES: usize = 2 ** 16;

/** Memory for counts, all 0, behind all other memory of the module, which grows if it has to. @returns its address */
export function clearCounts(bytes: usize): usize {
  const at = (__heap_base + 15) & ~15;
  const pages = i32((at + bytes + PAGE_BYTES - 1) / PAGE_BYTES) - memory.size();
  if (pages > 0 && memory.grow(pages) < 0) unreachable();
  memory.fill(at, 0, bytes);
  return at;
}

/** Labels of 8 bits as float32 in `RESULT`: 0, 1, or −1 for any other. */
export function widenBytes(labels: usize, count: u32): void {
  for (let i: u32 = 0; i < count; i += 8) {
    const words = v128.load_ext<u8>(labels + i);
    const at = RESULT + (usize(i) << 2);
    v128.store(at, widened(i32x4.extend_low_i16x8_u(words)));
    v128.store(at, widened(i32x4.extend_high_i16x8_u(words)), 16);
  }
}

@inline
function widened(label: v128): v128 {
  return f32x4.convert_i32x4_s(v128.or(label, i32x4.gt_s(label, i32x4.splat(1))));
}

/** Indices of one class that follow each other would wait for each other's count, so each of four has a table of its own. */
export const TABLES: u32 = 4;

/** @param tables uint32 [TABLES, classes + 2]: background samples, ignored ones, and those of each class */
export function countIndices(labels: usize, count: u32, tables: usize, classes: u32): void {
  const size = usize(classes + 2) << 2;
  const first = tables + 8;
  const whole = count & ~3;
  let i: u32 = 0;
  for (; i < whole; i += 4) {
    const at = labels + (usize(i) << 2);
    increment(first, load<i32>(at));
    increment(first + size, load<i32>(at, 4));
    increment(first + 2 * size, load<i32>(at, 8));
    increment(first + 3 * size, load<i32>(at, 12));
  }
  for (; i < count; i++) increment(first, load<i32>(labels + (usize(i) << 2)));
}

@inline
function increment(table: usize, label: i32): void {
  const at = table + (isize(label) << 2);
  store<u32>(at, load<u32>(at) + 1);
}

/**
 * Counts float32 labels of which the class changes with every label.
 *
 * @param column of the first label
 * @param counts uint32 [2, columns]: positive and ignored labels
 */
export function countColumns(labels: usize, count: u32, column: u32, counts: usize, columns: u32): void {
  const toIgnored = usize(columns) << 2;
  while (count) {
    const length = min(count, columns - column);
    let at = counts + (usize(column) << 2);
    let i: u32 = 0;
    for (; i + 4 <= length; i += 4, at += 16) {
      const y = v128.load(labels + (usize(i) << 2));
      v128.store(at, i32x4.sub(v128.load(at), f32x4.ge(y, f32x4.splat(HALF))));
      const ignoredAt = at + toIgnored;
      v128.store(ignoredAt, i32x4.sub(v128.load(ignoredAt), f32x4.eq(y, f32x4.splat(IGNORED))));
    }
    for (; i < length; i++, at += 4) countOne(load<f32>(labels + (usize(i) << 2)), at, toIgnored);
    labels += usize(length) << 2;
    count -= length;
    column = 0;
  }
}

@inline
function countOne(y: f32, at: usize, toIgnored: usize): void {
  store<u32>(at, load<u32>(at) + u32(y >= HALF));
  store<u32>(at + toIgnored, load<u32>(at + toIgnored) + u32(y == IGNORED));
}

/**
 * Counts float32 labels of which `inner` that follow each other have the same class.
 *
 * @param position of the first label in an outer slice
 * @param counts uint32 [2, classes]: positive and ignored labels
 */
export function countRuns(labels: usize, count: u32, position: u32, counts: usize, classes: u32, inner: u32): void {
  const toIgnored = usize(classes) << 2;
  let c = position / inner;
  let rest = inner - (position % inner);
  while (count) {
    const length = min(count, rest);
    const at = counts + (usize(c) << 2);
    let positives = i32x4.splat(0);
    let ignored = i32x4.splat(0);
    let i: u32 = 0;
    for (; i + 4 <= length; i += 4) {
      const y = v128.load(labels + (usize(i) << 2));
      positives = i32x4.sub(positives, f32x4.ge(y, f32x4.splat(HALF)));
      ignored = i32x4.sub(ignored, f32x4.eq(y, f32x4.splat(IGNORED)));
    }
    store<u32>(at, load<u32>(at) + sumOfLanes(positives));
    store<u32>(at + toIgnored, load<u32>(at + toIgnored) + sumOfLanes(ignored));
    for (; i < length; i++) countOne(load<f32>(labels + (usize(i) << 2)), at, toIgnored);
    labels += usize(length) << 2;
    count -= length;
    rest = inner;
    c = c + 1 == classes ? 0 : c + 1;
  }
}
