import { KernelParams } from '../kernel-params';

/** Writes the results of a sample that contributes nothing. */
export function clearRow(params: KernelParams, element: u32, sample: u32): void {
  if (params.elementwise) store<f32>(params.elementwise + (usize(sample) << 2), 0);
  for (let c: u32 = 0; c < params.classes; c++) {
    const at = usize(element + c * params.inner) << 2;
    if (params.gradients) store<f32>(params.gradients + at, 0);
    if (params.hessian) store<f32>(params.hessian + at, 0);
  }
}
