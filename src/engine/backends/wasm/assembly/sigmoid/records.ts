import { IGNORED, KernelParams, weightOf } from '../kernel-params';
import { loadPair } from './sigmoid-pair';
import { expPrecisely } from '../math/vector-math';

/**
 * Two elements in scratch memory, in float64. The elements of a tile are loaded, evaluated and added to the sums in one loop
 * after another, because the processor overlaps more elements with short dependency chains than with one long chain.
 */
@unmanaged
export class Record {
  x: v128;
  /** Before smoothing; IGNORED in a lane past the end as well. */
  label: v128;
  /** e^−|x| after loading; p_t after evaluation. */
  e: v128;
  /** The weights of the sample and of the element, 0 if the label is IGNORED; after evaluation the cross-entropy, multiplied by it. */
  weight: v128;
  loss: v128;
  /** The gradient, with the opposite sign if x < 0, before it is multiplied by `params.scale`. */
  slope: v128;
}

/** Classes of a sample, or samples of a class, that are processed together. */
export const TILE: u32 = 128;
/** Samples that are processed together, so that sums are loaded and stored once for all of them. */
export const BLOCK: u32 = 4;

/** In bytes. */
export const RECORD_SIZE: usize = offsetof<Record>();
/** The records of up to TILE elements of one sample. */
export const ROW_OF_RECORDS: usize = 64 * RECORD_SIZE;

/** The records of a sample of the block. */
@inline
export function recordsOf(params: KernelParams, row: u32): usize {
  return params.block + usize(row) * ROW_OF_RECORDS;
}

/** Prepares up to TILE classes of one sample, in the given row of the block. */
export function loadClasses(params: KernelParams, sample: u32, firstClass: u32, count: u32, row: u32): void {
  const at = usize(sample * params.classes + firstClass) << 2;
  const weight = weightOf(params, sample);
  const rowAt = recordsOf(params, row);
  if (params.dense) {
    for (let i: u32 = 0; i < count; i += 2) {
      const single = i + 1 == count;
      const offset = at + (usize(i) << 2);
      write(params, rowAt, i, offset, loadPair(params.labels + offset, single), weight, single);
    }
    return;
  }
  const index = load<i32>(params.labels + (usize(sample) << 2));
  const indices = f64x2.splat(index);
  const rowWeight = index == IGNORED ? f64x2.splat(0) : weight;
  const ignored = index == IGNORED ? f64x2.splat(IGNORED) : f64x2.splat(0);
  let classes = f64x2.replace_lane(f64x2.splat(firstClass), 1, firstClass + 1);
  for (let i: u32 = 0; i < count; i += 2) {
    const label = v128.or(ignored, v128.and(f64x2.splat(1), f64x2.eq(indices, classes)));
    write(params, rowAt, i, at + (usize(i) << 2), label, rowWeight, i + 1 == count);
    classes = f64x2.add(classes, f64x2.splat(2));
  }
}

/** Prepares up to TILE samples of class c. */
export function loadSamples(params: KernelParams, element: u32, sample: u32, count: u32, c: u32): void {
  const at = usize(element) << 2;
  const sampleAt = usize(sample) << 2;
  const ONE = f64x2.splat(1);
  const records = recordsOf(params, 0);
  for (let i: u32 = 0; i < count; i += 2) {
    const single = i + 1 == count;
    const offset = usize(i) << 2;
    let label: v128;
    if (params.dense) label = loadPair(params.labels + at + offset, single);
    else {
      const index = indicesAt(params.labels + sampleAt + offset, single);
      const ignored = f64x2.eq(index, f64x2.splat(IGNORED));
      label = v128.bitselect(index, v128.and(ONE, f64x2.eq(index, f64x2.splat(c))), ignored);
    }
    const weight = params.sampleWeights ? loadPair(params.sampleWeights + sampleAt + offset, single) : ONE;
    write(params, records, i, at + offset, label, weight, single);
  }
}

@inline
function write(
  params: KernelParams,
  rowAt: usize,
  i: u32,
  offset: usize,
  label: v128,
  weight: v128,
  single: bool,
): void {
  const record = changetype<Record>(rowAt + usize(i >> 1) * RECORD_SIZE);
  const x = loadPair(params.predictions + offset, single);
  const labels = single ? f64x2.replace_lane(label, 1, IGNORED) : label;
  record.x = x;
  record.e = expPrecisely(v128.or(x, f64x2.splat(-0.0)), params.constants);
  record.label = labels;
  const weights = params.elementWeights ? f64x2.mul(weight, loadPair(params.elementWeights + offset, single)) : weight;
  record.weight = v128.and(weights, f64x2.ge(labels, f64x2.splat(0)));
}

/** Two class indices, as float64. */
@inline
function indicesAt(at: usize, single: bool): v128 {
  return f64x2.convert_low_i32x4_s(single ? v128.load32_zero(at) : v128.load64_zero(at));
}
