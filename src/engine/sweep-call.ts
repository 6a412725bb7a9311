import { dispose, engine, type NamedTensorMap, type Tensor } from '@tensorflow/tfjs-core';
import type { HyperParameters } from '../loss/hyper-parameters.ts';
import { type KernelOptions, SWEEP_KERNEL_NAMES, sweepAttributes, toFloat64 } from './kernel.ts';

/** Runs the sweep kernel once. @returns the sums of each part, for each of the hyperparameters */
export async function callSweepKernel(
  inputs: NamedTensorMap,
  options: KernelOptions,
  hyperParameters: readonly HyperParameters[],
): Promise<Float64Array[]> {
  const name = SWEEP_KERNEL_NAMES[options.activation];
  const output: Tensor = engine().runKernel(name, inputs, sweepAttributes(options, hyperParameters));
  try {
    const sums = toFloat64(await output.data());
    const length = sums.length / hyperParameters.length;
    return hyperParameters.map((_, i) => sums.slice(i * length, (i + 1) * length));
  } finally {
    dispose(output);
  }
}
