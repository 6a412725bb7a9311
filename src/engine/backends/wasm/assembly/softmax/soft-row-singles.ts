import { KernelParams } from '../kernel-params';
import { maxP, SoftRow, splatOf } from './soft-row';
import { addSingle } from './soft-single';
import { minLabel } from './soft-sums';
import { sizeOfRow } from './softmax-remaining-classes';

/**
 * Evaluates those classes of a row in float64 that float32 does not serve: the largest one, those that are positive, ignored, or
 * too probable, and those with labels that are too small.
 */
export function addSingles(params: KernelParams, row: SoftRow): void {
  addSingle(params, row, row.largestClass);
  if (params.dense) {
    if (hasLabels(params, row)) addLabelled(params, row);
  } else {
    const label = load<u32>(params.labels + (usize(row.sample) << 2));
    if (label != row.largestClass) addSingle(params, row, label);
  }
  if (mayHaveProbable(params, row)) addProbable(params, row);
}

/** Whether a class that is not the largest one may be too probable. */
@inline
function mayHaveProbable(params: KernelParams, row: SoftRow): bool {
  return row.largestP >= maxP(params) && row.largestQ >= maxP(params);
}

/**
 * Whether a label is ½ or more, ignored or too small. As an integer, an ignored one is large, and 0 less 1 is the largest of all.
 */
function hasLabels(params: KernelParams, row: SoftRow): bool {
  const labels = params.labels + (usize(row.element) << 2);
  const last = usize(params.classes - 4) << 2;
  const one = i32x4.splat(1);
  let largest = v128.load(labels + last);
  let smallest = i32x4.sub(largest, one);
  for (let i: usize = 0; i < last; i += 16) {
    const label = v128.load(labels + i);
    largest = i32x4.max_u(largest, label);
    smallest = i32x4.min_u(smallest, i32x4.sub(label, one));
  }
  const limit = reinterpret<i32>(minLabel(params)) - 1;
  const isSmall = i32x4.lt_u(smallest, i32x4.splat(limit));
  return v128.any_true(v128.or(i32x4.ge_u(largest, i32x4.splat(HALF)), limit > 0 ? isSmall : i32x4.splat(0)));
}

/** The bits of ½. */
const HALF: i32 = 0x3f000000;

function addLabelled(params: KernelParams, row: SoftRow): void {
  const labels = params.labels + (usize(row.element) << 2);
  const smallest = f32x4.splat(minLabel(params));
  const size = sizeOfRow(params);
  for (let i: usize = 0; i < size; i += 16) {
    const label = v128.load(labels + i);
    let isSingle = v128.and(f32x4.lt(label, smallest), f32x4.ne(label, f32x4.splat(0)));
    isSingle = v128.or(isSingle, f32x4.ge(label, f32x4.splat(0.5)));
    addLanes(params, row, i, v128.andnot(isSingle, f32x4.eq(v128.load(row.exponentials + i), f32x4.splat(0))));
  }
}

function addProbable(params: KernelParams, row: SoftRow): void {
  const maxExp = splatOf(row, offsetof<SoftRow>('maxExp'));
  const size = sizeOfRow(params);
  let i: usize = 0;
  do {
    addLanes(params, row, i, f32x4.gt(v128.load(row.exponentials + i), maxExp));
    i += 16;
  } while (i < size);
}

/** @param i of the first of the four classes, in bytes */
@inline
function addLanes(params: KernelParams, row: SoftRow, i: usize, isSingle: v128): void {
  if (!v128.any_true(isSingle)) return;
  for (let lanes = i32x4.bitmask(isSingle); lanes; lanes &= lanes - 1) addSingle(params, row, u32(i >> 2) + ctz(lanes));
}
