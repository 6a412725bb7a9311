import { HALF, SIDE } from './sweep-params';
import { highHalf } from '../math/float32-lanes';

/** Adds four float32 lanes to the sums of a side. */
@inline
export function addFloat32Lanes(at: usize, lanes: v128): void {
  addPositive(at, f64x2.promote_low_f32x4(lanes));
  addPositive(at + HALF, f64x2.promote_low_f32x4(highHalf(lanes)));
}

@inline
export function addSides(at: usize, positive: v128, negative: v128): void {
  addPositive(at, positive);
  addNegative(at, negative);
}

@inline
export function addPositive(at: usize, positive: v128): void {
  v128.store(at, f64x2.add(v128.load(at), positive));
}

@inline
export function addNegative(at: usize, negative: v128): void {
  v128.store(at, f64x2.add(v128.load(at, SIDE), negative), SIDE);
}
