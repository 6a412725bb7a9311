import { Constants } from '../math/constants';
import { powerSeries } from '../math/exp-float32';
import { E_LOW, QUAD_SIZE } from './quads';

/** Replaces r, the second number of each quad, by 2^k (e^r − 1), so that the sum with the first, 2^k, is e^z. */
@inline
export function completeExponentials(row: usize, end: usize, constants: Constants): void {
  const g2 = constants.g2;
  const g3 = constants.g3;
  const g4 = constants.g4;
  const g5 = constants.g5;
  const g6 = constants.g6;
  for (let quad = row; quad < end; quad += QUAD_SIZE) {
    const u = powerSeries(v128.load(quad, E_LOW), g2, g3, g4, g5, g6);
    v128.store(quad, f32x4.mul(v128.load(quad), u), E_LOW);
  }
}
