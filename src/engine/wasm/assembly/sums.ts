import { Job } from './job';

/** The options and the running sums of the two classes in a vector; of one class where lanes are its samples. */
@unmanaged
export class ClassPair {
  gamma: v128;
  /** α, class weight included. */
  positiveAlpha: v128;
  negativeAlpha: v128;
  classWeight: v128;
  // The sums, in the order of loss/class-sums.ts.
  positiveLoss: v128;
  positiveCrossEntropy: v128;
  positiveGradientL1: v128;
  positivePt: v128;
  positiveCount: v128;
  positivePredicted: v128;
  negativeLoss: v128;
  negativeCrossEntropy: v128;
  negativeGradientL1: v128;
  negativePt: v128;
  negativeCount: v128;
  negativePredicted: v128;
}

/** In bytes. */
export const PAIR_SIZE: usize = offsetof<ClassPair>();
const SUMS: usize = offsetof<ClassPair>('positiveLoss');

@inline
export function pairAt(job: Job, index: u32): ClassPair {
  return changetype<ClassPair>(job.pairs + usize(index) * PAIR_SIZE);
}

/** Counts samples as negative, in both lanes. To do so at once for many and to correct it for the others costs least. */
export function countNegatives(pair: ClassPair, samples: u32): void {
  pair.negativeCount = f64x2.add(pair.negativeCount, f64x2.splat(samples));
}

/** Moves the sums to `part`, float64 [classes, 12], and starts again from 0. */
export function takeSums(job: Job, part: usize): void {
  const classes = job.classes;
  for (let c: u32 = 0; c < classes; c++) {
    const pair = changetype<usize>(pairAt(job, job.lanesAreSamples ? c : c >> 1));
    const lane: usize = job.lanesAreSamples ? 0 : usize(c & 1) << 3;
    const classWeight = load<f64>(pair + lane, offsetof<ClassPair>('classWeight'));
    for (let sum = SUMS; sum < PAIR_SIZE; sum += 16, part += 8) {
      let value = load<f64>(pair + sum + lane);
      if (job.lanesAreSamples) value += load<f64>(pair + sum + 8);
      const isCrossEntropy =
        sum == offsetof<ClassPair>('positiveCrossEntropy') || sum == offsetof<ClassPair>('negativeCrossEntropy');
      store<f64>(part, isCrossEntropy ? value * classWeight : value);
    }
  }
  const pairs = job.lanesAreSamples ? classes : (classes + 1) >> 1;
  for (let i: u32 = 0; i < pairs; i++) memory.fill(changetype<usize>(pairAt(job, i)) + SUMS, 0, PAIR_SIZE - SUMS);
}
