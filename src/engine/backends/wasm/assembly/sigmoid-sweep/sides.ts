import { SIDE } from './sweep-params';

@inline
export function addSides(at: usize, positive: v128, negative: v128): void {
  v128.store(at, f64x2.add(v128.load(at), positive));
  addNegative(at, negative);
}

@inline
export function addNegative(at: usize, negative: v128): void {
  v128.store(at, f64x2.add(v128.load(at, SIDE), negative), SIDE);
}
