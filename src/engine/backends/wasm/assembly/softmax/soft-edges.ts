import { areNearEdges, LAST_BIN_P } from '../bins';
import { demote } from '../math/float32-lanes';
import { KernelParams } from '../kernel-params';
import { SoftBlock, SoftFour } from './soft-block';

/**
 * The mask of those of four samples with a class that is so near an edge of the bins of `difficulty` that float32 does not tell
 * on which side.
 *
 * @param i the first of the four in the block
 */
export function nearEdgesOfFour(params: KernelParams, block: SoftBlock, four: SoftFour, i: usize): v128 {
  const inverses = four.inverses;
  const limits = f32x4.splat(f32(LAST_BIN_P));
  let near = areNearEdges(demote(four.largestP, four.largestPHigh));
  let at = block.probabilities + (i << 2);
  for (const end = at + usize(params.classes) * block.rowSize; at < end; at += block.rowSize) {
    const p = f32x4.mul(v128.load(at), inverses); // Infinite for the largest class.
    if (v128.any_true(f32x4.gt(p, limits))) near = v128.or(near, areNearEdges(p));
  }
  return v128.and(near, four.active);
}
