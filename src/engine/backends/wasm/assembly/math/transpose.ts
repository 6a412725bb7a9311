// Between float32 [count, 4], whose vectors are apart, and [4, count], whose rows are.

/** @param step the distance of two vectors, and @param rowSize that of two rows, in bytes */
export function gatherRows(at: usize, step: usize, rows: usize, rowSize: usize, count: u32): void {
  let i: u32 = 0;
  for (; i + 4 <= count; i += 4, at += 4 * step, rows += 16) transposeFour(at, step, rows, rowSize);
  for (; i < count; i++, at += step, rows += 4) {
    const x = v128.load(at);
    v128.store32_lane(rows, x, 0);
    v128.store32_lane(rows + rowSize, x, 1);
    v128.store32_lane(rows + 2 * rowSize, x, 2);
    v128.store32_lane(rows + 3 * rowSize, x, 3);
  }
}

/** The reverse of `gatherRows`. */
export function scatterRows(rows: usize, rowSize: usize, at: usize, step: usize, count: u32): void {
  let i: u32 = 0;
  for (; i + 4 <= count; i += 4, at += 4 * step, rows += 16) transposeFour(rows, rowSize, at, step);
  for (; i < count; i++, at += step, rows += 4) {
    let x = v128.load32_zero(rows);
    x = v128.load32_lane(rows + rowSize, x, 1);
    x = v128.load32_lane(rows + 2 * rowSize, x, 2);
    v128.store(at, v128.load32_lane(rows + 3 * rowSize, x, 3));
  }
}

@inline
export function transposeFour(from: usize, fromStep: usize, to: usize, toStep: usize): void {
  const a = v128.load(from);
  const b = v128.load(from + fromStep);
  const c = v128.load(from + 2 * fromStep);
  const d = v128.load(from + 3 * fromStep);
  const lowAB = i32x4.shuffle(a, b, 0, 4, 1, 5);
  const lowCD = i32x4.shuffle(c, d, 0, 4, 1, 5);
  const highAB = i32x4.shuffle(a, b, 2, 6, 3, 7);
  const highCD = i32x4.shuffle(c, d, 2, 6, 3, 7);
  v128.store(to, i64x2.shuffle(lowAB, lowCD, 0, 2));
  v128.store(to + toStep, i64x2.shuffle(lowAB, lowCD, 1, 3));
  v128.store(to + 2 * toStep, i64x2.shuffle(highAB, highCD, 0, 2));
  v128.store(to + 3 * toStep, i64x2.shuffle(highAB, highCD, 1, 3));
}
