import { clearRow } from './clear-row';
import { evaluateGeneralRow } from './general-row';
import { IGNORED, KernelParams } from '../kernel-params';
import { evaluateProbabilities } from './probability-row';

/** Evaluates one sample of logits or probabilities with labels in [0, 1]. */
export function evaluateSampleInFloat64(params: KernelParams, element: u32, sample: u32): void {
  if (isIgnored(params, element, sample)) clearRow(params, element, sample);
  else if (params.probabilities) evaluateProbabilities(params, element, sample);
  else evaluateGeneralRow(params, element, sample);
}

/** With dense labels, a sample is ignored if all of its labels are. */
export function isIgnored(params: KernelParams, element: u32, sample: u32): bool {
  if (!params.dense) return load<i32>(params.labels + (usize(sample) << 2)) == IGNORED;
  let at = params.labels + (usize(element) << 2);
  for (let c: u32 = 0; c < params.classes; c++, at += usize(params.inner) << 2) {
    if (load<f32>(at) != f32(IGNORED)) return false;
  }
  return true;
}
