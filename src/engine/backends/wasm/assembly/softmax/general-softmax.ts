import { clearRow } from './clear-row';
import { evaluateGeneralRow } from './general-row';
import { IGNORED, KernelParams } from '../kernel-params';
import { evaluateSoftRow } from './soft-row-float32';
import { flushSoftSums, startSoftSums } from './soft-sums';
import { evaluateProbabilities } from './probability-row';

/** Evaluates the outer slices in [from, to), for labels in [0, 1], from logits or probabilities. */
export function generalSoftmax(params: KernelParams, from: u32, to: u32): void {
  const inFloat32 = usesFloat32(params) && startSoftSums(params);
  let samples: u32 = 0;
  for (let outer = from; outer < to; outer++) {
    for (let i: u32 = 0; i < params.inner; i++) {
      const sample = outer * params.inner + i;
      const element = outer * params.classes * params.inner + i;
      if (isIgnored(params, element, sample)) clearRow(params, element, sample);
      else if (inFloat32) samples += u32(evaluateSoftRow(params, element, sample));
      else if (params.probabilities) evaluateProbabilities(params, element, sample);
      else evaluateGeneralRow(params, element, sample);
    }
  }
  if (inFloat32) flushSoftSums(params, samples);
}

/** Whether vectors of four classes pay off, and nothing is requested that needs float64. */
function usesFloat32(params: KernelParams): bool {
  return (
    params.inner == 1 &&
    params.classes >= MIN_CLASSES &&
    params.smallGamma >= 0 &&
    !params.probabilities &&
    !params.hessian &&
    !params.bins
  );
}

const MIN_CLASSES: u32 = 16;

/** With dense labels, a sample is ignored if all of its labels are. */
function isIgnored(params: KernelParams, element: u32, sample: u32): bool {
  if (!params.dense) return load<i32>(params.labels + (usize(sample) << 2)) == IGNORED;
  let at = params.labels + (usize(element) << 2);
  for (let c: u32 = 0; c < params.classes; c++, at += usize(params.inner) << 2) {
    if (load<f32>(at) != f32(IGNORED)) return false;
  }
  return true;
}
