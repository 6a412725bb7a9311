import { dispose, engine, type NamedTensorMap, type Tensor } from '@tensorflow/tfjs-core';
import type { Backend } from './backends/backend.ts';
import { readSums } from './call-kernel.ts';
import { SWEEP_KERNEL_NAMES, type SweepAttributes, sweepAttributes } from './kernel.ts';

/**
 * Runs a sweep kernel once.
 *
 * @param use gets the index of each of the hyperparameters and the sums of each part, which may be a view that is valid until
 *   it returns
 */
export async function callSweepKernel(
  inputs: NamedTensorMap,
  attributes: SweepAttributes,
  backend: Backend,
  use: (index: number, sums: Float64Array) => void,
): Promise<void> {
  const { options, hyperParameters } = attributes;
  const name = SWEEP_KERNEL_NAMES[options.activation];
  const output: Tensor = engine().runKernel(name, inputs, sweepAttributes(attributes));
  try {
    const sums = await readSums(output, backend);
    const length = sums.length / hyperParameters.length;
    for (const i of hyperParameters.keys()) use(i, sums.subarray(i * length, (i + 1) * length));
  } finally {
    dispose(output);
  }
}
