import { addGradientsToBin, LAST_NEGATIVE } from '../bins';
import { demote, highHalf } from '../math/float32-lanes';
import { KernelParams } from '../kernel-params';
import { FOUR_SIZE, SoftBlock, SoftFour } from './soft-block';
import { finishFour, foldGradients, optionsOf } from './soft-four';
import { add, sumOf, promotedSum } from './soft-terms';
import { ClassPair } from '../sums';

/** Classes whose s are added in float32. */
const RUN: usize = 8;

/** Replaces s in a block by the gradients, times `params.scale`, and adds them to the sums. */
export function addBlockGradients(params: KernelParams, block: SoftBlock): void {
  addSlopes(params, block);
  const probabilities = block.probabilities;
  const logits = block.logits - probabilities;
  const rowSize = block.rowSize;
  const unit = block.slopeUnit;
  const scale = f32x4.splat(f32(params.scale * unit));
  const allSums = params.allSums != 0;
  const squared = params.gradientSquares != 0;
  let isDone = block.isDone;
  let row = probabilities;
  for (let c: u32 = 0; c < params.classes; c++) {
    let sizes = f64x2.splat(0);
    let squares = sizes;
    let hasDone = false;
    let four = block.fours;
    const end = row + rowSize;
    while (row < end) {
      let sizeOfRun = f32x4.splat(0);
      for (const endOfRun = min(row + 64, end); row < endOfRun; row += 16, four += FOUR_SIZE, isDone++) {
        const samples = changetype<SoftFour>(four);
        if (load<u8>(isDone)) {
          finishFour(params, block, samples, c, row - probabilities);
          hasDone = true;
          continue;
        }
        // p_j Σ_{c≠j} s_c − s_j q_j
        const gradient = f32x4.sub(f32x4.mul(v128.load(row), samples.slopes), v128.load(row + logits));
        v128.store(row + logits, f32x4.mul(gradient, scale));
        if (!allSums) continue;
        sizeOfRun = f32x4.add(sizeOfRun, f32x4.abs(gradient));
        if (squared) squares = f64x2.add(squares, squaresOf(gradient));
      }
      if (allSums) sizes = f64x2.add(sizes, promotedSum(sizeOfRun));
    }
    if (!allSums) continue;
    const options = optionsOf(params, c);
    add(options + offsetof<ClassPair>('negativeGradientL1'), sumOf(sizes) * unit);
    if (params.bins) addGradientsToBin(params.bins, LAST_NEGATIVE, sumOf(sizes) * unit);
    if (squared) add(options + offsetof<ClassPair>('negativeGradientSquares'), sumOf(squares) * unit * unit);
    if (hasDone) foldGradients(params, block, c);
  }
}

/** Adds up s of all classes of each sample. */
function addSlopes(params: KernelParams, block: SoftBlock): void {
  const rowSize = block.rowSize;
  for (let i: usize = 0; i < rowSize; i += 16) {
    const four = changetype<SoftFour>(block.fours + (i >> 4) * FOUR_SIZE);
    let low = four.otherSlopes;
    let high = four.otherSlopesHigh;
    let at = block.logits + i;
    const end = at + usize(params.classes) * rowSize;
    while (at < end) {
      let sum = v128.load(at);
      at += rowSize;
      for (const endOfRun = min(at + (RUN - 1) * rowSize, end); at < endOfRun; at += rowSize) sum = f32x4.add(sum, v128.load(at));
      low = f64x2.add(low, f64x2.promote_low_f32x4(sum));
      high = f64x2.add(high, f64x2.promote_low_f32x4(highHalf(sum)));
    }
    four.otherSlopes = low;
    four.otherSlopesHigh = high;
    four.slopes = demote(f64x2.add(low, four.largeSlopes), f64x2.add(high, four.largeSlopesHigh));
  }
}

/** The sums of the squares, in float64: float32 cannot hold them. */
function squaresOf(gradient: v128): v128 {
  const low = f64x2.promote_low_f32x4(gradient);
  const high = f64x2.promote_low_f32x4(highHalf(gradient));
  return f64x2.add(f64x2.mul(low, low), f64x2.mul(high, high));
}
