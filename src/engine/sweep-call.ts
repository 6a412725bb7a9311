import { dispose, engine, type NamedTensorMap, type Tensor } from '@tensorflow/tfjs-core';
import { SWEEP_KERNEL_NAMES, type SweepAttributes, sweepAttributes, toFloat64 } from './kernel.ts';

/** Runs a sweep kernel once. @returns the sums of each part, for each of the hyperparameters */
export async function callSweepKernel(inputs: NamedTensorMap, attributes: SweepAttributes): Promise<Float64Array[]> {
  const { options, hyperParameters } = attributes;
  const name = SWEEP_KERNEL_NAMES[options.activation];
  const output: Tensor = engine().runKernel(name, inputs, sweepAttributes(attributes));
  try {
    const sums = toFloat64(await output.data());
    const length = sums.length / hyperParameters.length;
    return hyperParameters.map((_, i) => sums.slice(i * length, (i + 1) * length));
  } finally {
    dispose(output);
  }
}
