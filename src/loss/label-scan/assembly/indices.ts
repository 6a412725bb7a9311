import { addCounts } from './counts';
import { lanesOf } from './lanes';
import { RESULT } from './memory-layout';

const IGNORED: i32 = -1;
const BACKGROUND: i32 = -2;

/**
 * Checks a block of `count` class indices, counts them, and writes those of a batch to `RESULT`.
 *
 * @param background the same as `ignore` if there is none: a label that is both is ignored
 * @returns whether all are valid
 */
export function scanIndices(labels: usize, count: u32, classes: i32, ignore: i32, background: i32): bool {
  memory.fill(labels + (usize(count) << 2), 0, 32); // Class 0, which is always valid.
  const ignoredInt = i32x4.splat(ignore);
  const backgroundInt = i32x4.splat(background);
  const limit = i32x4.splat(classes);
  let valid = i32x4.splat(-1);
  let ignored = 0;
  let special = 0;
  for (let i: u32 = 0; i < count; i += 8) {
    const at = usize(i) << 2;
    const a = v128.load(labels + at);
    const b = v128.load(labels + at, 16);
    const isIgnoredA = i32x4.eq(a, ignoredInt);
    const isIgnoredB = i32x4.eq(b, ignoredInt);
    const isSpecialA = v128.or(i32x4.eq(a, backgroundInt), isIgnoredA);
    const isSpecialB = v128.or(i32x4.eq(b, backgroundInt), isIgnoredB);
    const isValidA = v128.or(i32x4.lt_u(a, limit), isSpecialA);
    const isValidB = v128.or(i32x4.lt_u(b, limit), isSpecialB);
    valid = v128.and(valid, v128.and(isValidA, isValidB));
    v128.store(RESULT + at, v128.bitselect(markOf(isIgnoredA), a, isSpecialA));
    v128.store(RESULT + at, v128.bitselect(markOf(isIgnoredB), b, isSpecialB), 16);
    const lanes = lanesOf(count - i, 8);
    ignored += popcnt(i16x8.bitmask(i16x8.narrow_i32x4_s(isIgnoredA, isIgnoredB)) & lanes);
    special += popcnt(i16x8.bitmask(i16x8.narrow_i32x4_s(isSpecialA, isSpecialB)) & lanes);
  }
  addCounts(ignored, special - ignored, i32(count) - special);
  return !v128.any_true(v128.not(valid));
}

@inline
function markOf(isIgnored: v128): v128 {
  return v128.bitselect(i32x4.splat(IGNORED), i32x4.splat(BACKGROUND), isIgnored);
}
