import { SweepParams } from './sweep-params';
import { VectorRun } from './vector-run';

/** Loads as many lanes as hold elements: behind them the tensor's memory may end. */
@inline
export function loadLanes(at: usize, lanes: u32): v128 {
  if (lanes == 4) return v128.load(at);
  let x = v128.load32_zero(at);
  if (lanes > 1) x = v128.load32_lane(at + 4, x, 1);
  if (lanes > 2) x = v128.load32_lane(at + 8, x, 2);
  return x;
}

/** Loads a tensor with one number per sample. */
@inline
export function loadOfSamples(params: SweepParams, at: usize, lanes: u32): v128 {
  return params.lanesAreSamples ? loadLanes(at, lanes) : v128.load32_splat(at);
}

/** Where the weights of a run begin, if there are any; `weightStep` leads to those of the next vector. */
@inline
export function weightsOf(params: SweepParams, run: VectorRun): usize {
  return params.weights + (params.hasElementWeights ? run.at : run.sampleAt);
}

@inline
export function weightStep(params: SweepParams, run: VectorRun): usize {
  return params.hasElementWeights ? run.step : run.sampleStep;
}

/** The weights of a vector: one for all lanes if they are classes of a sample that has one. */
@inline
export function loadWeights(params: SweepParams, at: usize, lanes: u32): v128 {
  return params.hasElementWeights ? loadLanes(at, lanes) : loadOfSamples(params, at, lanes);
}

/** The mask of the lanes that hold elements. */
@inline
export function presentLanes(run: VectorRun): v128 {
  return i32x4.lt_s(i32x4(0, 1, 2, 3), i32x4.splat(run.lanes));
}

@inline
export function classesOfLanes(params: SweepParams, run: VectorRun): v128 {
  return i32x4.add(i32x4.splat(run.firstClass), params.lanesAreSamples ? i32x4.splat(0) : i32x4(0, 1, 2, 3));
}
