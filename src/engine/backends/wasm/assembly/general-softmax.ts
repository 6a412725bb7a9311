import { clearRow } from './clear-row';
import { evaluateGeneralRow } from './general-row';
import { IGNORED, KernelParams } from './kernel-params';
import { evaluateProbabilities } from './probability-row';

/** Evaluates the outer slices in [from, to), for labels in [0, 1], from logits or probabilities. */
export function generalSoftmax(params: KernelParams, from: u32, to: u32): void {
  for (let outer = from; outer < to; outer++) {
    for (let i: u32 = 0; i < params.inner; i++) {
      const sample = outer * params.inner + i;
      const element = outer * params.classes * params.inner + i;
      if (isIgnored(params, element, sample)) clearRow(params, element, sample);
      else if (params.probabilities) evaluateProbabilities(params, element, sample);
      else evaluateGeneralRow(params, element, sample);
    }
  }
}

/** With dense labels, a sample is ignored if all of its labels are. */
function isIgnored(params: KernelParams, element: u32, sample: u32): bool {
  if (!params.dense) return load<i32>(params.labels + (usize(sample) << 2)) == IGNORED;
  let at = params.labels + (usize(element) << 2);
  for (let c: u32 = 0; c < params.classes; c++, at += usize(params.inner) << 2) {
    if (load<f32>(at) != f32(IGNORED)) return false;
  }
  return true;
}
