import { Job } from './job';

/** The options and the running sums of the two classes in a vector; of one class where lanes are its samples. */
@unmanaged
export class ClassPair {
  gamma: v128;
  /** α, class weight included. */
  positiveAlpha: v128;
  negativeAlpha: v128;
  classWeight: v128;
}

const OPTIONS_SIZE: usize = 64;
const SIDE_SIZE: usize = 6 * 16;
export const PAIR_SIZE: usize = OPTIONS_SIZE + 2 * SIDE_SIZE;
export const POSITIVE: usize = OPTIONS_SIZE;
export const NEGATIVE: usize = OPTIONS_SIZE + SIDE_SIZE;

// The fields of loss/class-sums.ts, in that order.
export const LOSS: usize = 0;
export const CROSS_ENTROPY: usize = 16;
export const GRADIENT_L1: usize = 32;
export const PT: usize = 48;
export const COUNT: usize = 64;
export const PREDICTED_POSITIVE: usize = 80;

/** Adds to a sum, named as `POSITIVE + LOSS`. */
@inline
export function add(pair: usize, sum: usize, value: v128): void {
  v128.store(pair + sum, f64x2.add(v128.load(pair + sum), value));
}

/** Moves the sums to `part`, float64 [classes, 12], and starts again from 0. */
export function takeSums(job: Job, part: usize): void {
  const classes = job.classes;
  for (let c: u32 = 0; c < classes; c++) {
    const pair = job.pairs + usize(job.lanesAreSamples ? c : c >> 1) * PAIR_SIZE;
    const lane: usize = job.lanesAreSamples ? 0 : usize(c & 1) << 3;
    const classWeight = load<f64>(pair + lane, offsetof<ClassPair>('classWeight'));
    for (let sum = POSITIVE; sum < PAIR_SIZE; sum += 16, part += 8) {
      let value = load<f64>(pair + sum + lane);
      if (job.lanesAreSamples) value += load<f64>(pair + sum + 8);
      const crossEntropy = sum == POSITIVE + CROSS_ENTROPY || sum == NEGATIVE + CROSS_ENTROPY;
      store<f64>(part, crossEntropy ? value * classWeight : value);
    }
  }
  const pairs = usize(job.lanesAreSamples ? classes : (classes + 1) >> 1);
  for (let pair = job.pairs; pair < job.pairs + pairs * PAIR_SIZE; pair += PAIR_SIZE) {
    memory.fill(pair + OPTIONS_SIZE, 0, 2 * SIDE_SIZE);
  }
}
