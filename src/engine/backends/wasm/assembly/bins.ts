import { KernelParams } from './kernel-params';

// Sums per bin of p_t and side, float64 [20, 2, 4], as in loss/difficulty.ts. Two lanes may be in the same bin, so they
// are added one after the other. One more slot at the end receives elements that contribute nothing.

const BINS: i32 = 20;
const SLOTS: i32 = 2 * BINS;
const SLOT_SIZE: usize = 4 * 8;
const AT_EDGE: f64 = 9.313225746154785e-10; // 2^-30

/** How near an edge of bins, in bins, the kernels do not tell on which side of it p is if it is float32. */
export const EDGE_MARGIN: f64 = 1.52587890625e-5; // 2^-16
/** Negative elements that are surely not more probable are in the last bin. */
export const LAST_BIN_P: f64 = (1 - EDGE_MARGIN) / BINS;
/** Of a bin and the positive side, and how much further the negative one is, as `slotOf` takes and returns them. */
export const POSITIVE: usize = 0;
export const NEGATIVE: usize = SLOT_SIZE;
export const LAST_NEGATIVE: usize = usize(SLOTS - 1) * SLOT_SIZE;

// Offsets of the fields in a slot, in bytes: the count, the cross-entropy, the loss and the gradient.
const LOSS: usize = 16;
const GRADIENT_L1: usize = 24;

/**
 * Adds two elements to their bins.
 *
 * @param positive mask of the positive lanes; neither it nor `negative` is set for a lane that contributes nothing
 * @param crossEntropy with all of its weights
 */
@inline
export function addToBins(
  bins: usize,
  positive: v128,
  negative: v128,
  p: v128,
  q: v128,
  loss: v128,
  crossEntropy: v128,
  gradient: v128,
): void {
  const slots = slotsOf(positive, negative, p, q);
  const size = f64x2.abs(gradient);
  const ONE = f64x2.splat(1);
  const first = bins + usize(i32x4.extract_lane(slots, 0)) * SLOT_SIZE;
  addTwo(first, i64x2.shuffle(ONE, crossEntropy, 0, 2));
  addTwo(first + LOSS, i64x2.shuffle(loss, size, 0, 2));
  const second = bins + usize(i32x4.extract_lane(slots, 1)) * SLOT_SIZE;
  addTwo(second, i64x2.shuffle(ONE, crossEntropy, 1, 3));
  addTwo(second + LOSS, i64x2.shuffle(loss, size, 1, 3));
}

/** Adds the gradients of elements that `addToBins` has added with a gradient of 0. */
@inline
export function addGradientsToBins(
  bins: usize,
  positive: v128,
  negative: v128,
  p: v128,
  q: v128,
  gradient: v128,
): void {
  const slots = slotsOf(positive, negative, p, q);
  const size = f64x2.abs(gradient);
  add(bins + usize(i32x4.extract_lane(slots, 0)) * SLOT_SIZE + GRADIENT_L1, f64x2.extract_lane(size, 0));
  add(bins + usize(i32x4.extract_lane(slots, 1)) * SLOT_SIZE + GRADIENT_L1, f64x2.extract_lane(size, 1));
}

/** Where the bin of one element is. @param side POSITIVE or NEGATIVE */
@inline
export function slotOf(pt: f64, side: usize): usize {
  const bin = min(floor(pt * BINS + AT_EDGE), BINS - 1);
  return usize(2 * u32(bin)) * SLOT_SIZE + side;
}

/** Whether the bin of a float32 p, and so that of 1 − p, is uncertain. */
@inline
export function isNearEdge(p: f64): bool {
  const x = p * BINS;
  return x > 0.5 && x < BINS - 0.5 && abs(x - nearest(x)) < EDGE_MARGIN;
}

/** The mask of the four float32 p for which `isNearEdge` is true. */
@inline
export function areNearEdges(p: v128): v128 {
  return f32x4.lt(distanceToEdge(p), f32x4.splat(f32(EDGE_MARGIN)));
}

/** Of four float32 p, in bins. 0 and 1 are no edges: the largest and the smallest p are 1 from the next ones. */
@inline
export function distanceToEdge(p: v128): v128 {
  const HALF = f32x4.splat(f32(BINS / 2));
  const fromMiddle = f32x4.abs(f32x4.sub(f32x4.mul(p, f32x4.splat(f32(BINS))), HALF));
  const edge = f32x4.pmin(f32x4.nearest(fromMiddle), f32x4.splat(f32(BINS / 2 - 1)));
  return f32x4.abs(f32x4.sub(fromMiddle, edge));
}

/** Adds elements to one bin, but not their gradients. @param slot from `slotOf` */
@inline
export function addToBin(bins: usize, slot: usize, count: f64, crossEntropy: f64, loss: f64): void {
  addTwo(bins + slot, f64x2.replace_lane(f64x2.splat(count), 1, crossEntropy));
  add(bins + slot + LOSS, loss);
}

@inline
export function addGradientsToBin(bins: usize, slot: usize, gradientL1: f64): void {
  add(bins + slot + GRADIENT_L1, gradientL1);
}

/** Clears the sums, to which a kernel that does not serve its call has added. */
export function clearBins(params: KernelParams): void {
  memory.fill(params.bins, 0, usize(SLOTS) * SLOT_SIZE);
}

/** Copies the sums to `part` and resets them to 0. */
export function flushBins(params: KernelParams, part: usize): void {
  memory.copy(part, params.bins, usize(SLOTS) * SLOT_SIZE);
  clearBins(params);
}

/** The slot of each element, as int32 in the first two lanes. */
@inline
function slotsOf(positive: v128, negative: v128, p: v128, q: v128): v128 {
  const pt = v128.bitselect(p, q, positive);
  const scaled = f64x2.add(f64x2.mul(pt, f64x2.splat(BINS)), f64x2.splat(AT_EDGE));
  const bin = f64x2.pmin(f64x2.floor(scaled), f64x2.splat(BINS - 1));
  const side = v128.andnot(f64x2.splat(1), positive);
  const slot = f64x2.add(f64x2.add(bin, bin), side);
  const active = v128.or(positive, negative);
  return i32x4.trunc_sat_f64x2_u_zero(v128.bitselect(slot, f64x2.splat(SLOTS), active));
}

/** Adds to two fields. */
@inline
function addTwo(at: usize, values: v128): void {
  v128.store(at, f64x2.add(v128.load(at), values));
}

@inline
function add(at: usize, value: f64): void {
  store<f64>(at, load<f64>(at) + value);
}
