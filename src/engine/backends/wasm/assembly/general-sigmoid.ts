import { evaluateGeneralPair } from './general-pair';
import { IGNORED, KernelParams, weightOf } from './kernel-params';
import { TILE } from './negatives';
import { loadPair } from './sigmoid-pair';
import { ClassPair, PAIR_SIZE, pairAt } from './sums';

/** Evaluates the outer slices in [from, to), for labels in [0, 1], from logits or probabilities. */
export function generalSigmoid(params: KernelParams, from: u32, to: u32): void {
  if (params.lanesAreSamples) {
    // With one class, all slices are contiguous.
    const run = params.classes == 1 ? (to - from) * params.inner : params.inner;
    for (let sample = from * params.inner; sample < to * params.inner; sample += run) {
      for (let c: u32 = 0; c < params.classes; c++) {
        samplesOfClass(params, sample * params.classes + c * run, sample, run, c);
      }
    }
    return;
  }
  for (let firstClass: u32 = 0; firstClass < params.classes; firstClass += TILE) {
    const count = min(TILE, params.classes - firstClass);
    for (let sample = from; sample < to; sample++) classesOfSample(params, sample, firstClass, count);
  }
}

/** Evaluates samples of class c, with vector lanes along the samples. */
function samplesOfClass(params: KernelParams, element: u32, sample: u32, count: u32, c: u32): void {
  const options = pairAt(params, c);
  const ONE = f64x2.splat(1);
  for (let i: u32 = 0; i < count; i += 2) {
    const single = i + 1 == count;
    const at = usize(element + i) << 2;
    const sampleAt = usize(sample + i) << 2;
    const weight = params.sampleWeights ? loadPair(params.sampleWeights + sampleAt, single) : ONE;
    const label = params.dense ? loadPair(params.labels + at, single) : indicesAt(params.labels + sampleAt, single);
    const ignored = f64x2.eq(label, f64x2.splat(IGNORED));
    const y = params.dense ? label : v128.and(ONE, f64x2.eq(label, f64x2.splat(c)));
    evaluate(params, at, y, weight, ignored, options, single);
  }
}

/** Evaluates classes of one sample, with vector lanes along the classes. */
function classesOfSample(params: KernelParams, sample: u32, firstClass: u32, count: u32): void {
  const ONE = f64x2.splat(1);
  const element = sample * params.classes + firstClass;
  const weight = weightOf(params, sample);
  const index = f64x2.splat(params.dense ? 0 : load<i32>(params.labels + (usize(sample) << 2)));
  let classes = f64x2.replace_lane(f64x2.splat(firstClass), 1, firstClass + 1);
  let options = changetype<usize>(pairAt(params, firstClass >> 1));
  for (let i: u32 = 0; i < count; i += 2, options += PAIR_SIZE) {
    const single = i + 1 == count;
    const at = usize(element + i) << 2;
    const label = params.dense ? loadPair(params.labels + at, single) : index;
    const ignored = f64x2.eq(label, f64x2.splat(IGNORED));
    const y = params.dense ? label : v128.and(ONE, f64x2.eq(label, classes));
    evaluate(params, at, y, weight, ignored, changetype<ClassPair>(options), single);
    classes = f64x2.add(classes, f64x2.splat(2));
  }
}

function evaluate(
  params: KernelParams,
  at: usize,
  label: v128,
  weight: v128,
  ignored: v128,
  options: ClassPair,
  single: bool,
): void {
  const active = v128.andnot(single ? i64x2(-1, 0) : i64x2.splat(-1), ignored);
  evaluateGeneralPair(params, at, loadPair(params.predictions + at, single), label, weight, active, options, single);
}

/** Two class indices, as float64. */
@inline
function indicesAt(at: usize, single: bool): v128 {
  return f64x2.convert_low_i32x4_s(single ? v128.load32_zero(at) : v128.load64_zero(at));
}
