import { evaluateGeneralPair } from './general-pair';
import { IGNORED, Job, weightOf } from './job';
import { TILE } from './negatives';
import { loadPair } from './sigmoid-pair';
import { ClassPair, PAIR_SIZE, pairAt } from './sums';

/** Evaluates the outer slices from `from` up to `to`, with whatever labels, from logits or probabilities. */
export function generalSigmoid(job: Job, from: u32, to: u32): void {
  if (job.lanesAreSamples) {
    // Without other classes in between, slices are one run.
    const run = job.classes == 1 ? (to - from) * job.inner : job.inner;
    for (let sample = from * job.inner; sample < to * job.inner; sample += run) {
      for (let c: u32 = 0; c < job.classes; c++) samplesOfClass(job, sample * job.classes + c * run, sample, run, c);
    }
    return;
  }
  for (let firstClass: u32 = 0; firstClass < job.classes; firstClass += TILE) {
    const count = min(TILE, job.classes - firstClass);
    for (let sample = from; sample < to; sample++) classesOfSample(job, sample, firstClass, count);
  }
}

/** Lanes are samples of class c. */
function samplesOfClass(job: Job, element: u32, sample: u32, count: u32, c: u32): void {
  const options = pairAt(job, c);
  const ONE = f64x2.splat(1);
  for (let i: u32 = 0; i < count; i += 2) {
    const single = i + 1 == count;
    const at = usize(element + i) << 2;
    const sampleAt = usize(sample + i) << 2;
    const weight = job.sampleWeights ? loadPair(job.sampleWeights + sampleAt, single) : ONE;
    const label = job.dense ? loadPair(job.labels + at, single) : indicesAt(job.labels + sampleAt, single);
    const ignored = f64x2.eq(label, f64x2.splat(IGNORED));
    const y = job.dense ? label : v128.and(ONE, f64x2.eq(label, f64x2.splat(c)));
    evaluate(job, at, y, weight, ignored, options, single);
  }
}

/** Lanes are classes of a sample. */
function classesOfSample(job: Job, sample: u32, firstClass: u32, count: u32): void {
  const ONE = f64x2.splat(1);
  const element = sample * job.classes + firstClass;
  const weight = weightOf(job, sample);
  const index = f64x2.splat(job.dense ? 0 : load<i32>(job.labels + (usize(sample) << 2)));
  let classes = f64x2.replace_lane(f64x2.splat(firstClass), 1, firstClass + 1);
  let options = changetype<usize>(pairAt(job, firstClass >> 1));
  for (let i: u32 = 0; i < count; i += 2, options += PAIR_SIZE) {
    const single = i + 1 == count;
    const at = usize(element + i) << 2;
    const label = job.dense ? loadPair(job.labels + at, single) : index;
    const ignored = f64x2.eq(label, f64x2.splat(IGNORED));
    const y = job.dense ? label : v128.and(ONE, f64x2.eq(label, classes));
    evaluate(job, at, y, weight, ignored, changetype<ClassPair>(options), single);
    classes = f64x2.add(classes, f64x2.splat(2));
  }
}

function evaluate(
  job: Job,
  at: usize,
  label: v128,
  weight: v128,
  ignored: v128,
  options: ClassPair,
  single: bool,
): void {
  const active = v128.andnot(single ? i64x2(-1, 0) : i64x2.splat(-1), ignored);
  evaluateGeneralPair(job, at, loadPair(job.predictions + at, single), label, weight, active, options, single);
}

/** Two class indices, as float64. */
@inline
function indicesAt(at: usize, single: bool): v128 {
  return f64x2.convert_low_i32x4_s(single ? v128.load32_zero(at) : v128.load64_zero(at));
}
