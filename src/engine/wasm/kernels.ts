import type { BackendWasm } from '@tensorflow/tfjs-backend-wasm';
import { registerKernel, type TensorInfo } from '@tensorflow/tfjs-core';
import { SUMS_PER_CLASS } from '../../loss/class-sums.ts';
import { evaluate } from '../../loss/definition.ts';
import { outputLength, requestedArrays } from '../../loss/evaluation.ts';
import { KERNEL_NAMES, type KernelInputs, type KernelOptions, readKernelCall } from '../kernel.ts';

/** Registers the focal kernels on tfjs's `wasm` backend. */
export function registerWasmKernels(): void {
  for (const kernelName of Object.values(KERNEL_NAMES)) {
    registerKernel({
      kernelName,
      backendName: 'wasm',
      kernelFunc: ({ inputs, attrs, backend }) => {
        const call = readKernelCall({ inputs, attrs });
        return focalKernel(call.inputs, call.options, backend as BackendWasm);
      },
    });
  }
}

/** Evaluates the float64 definition in the backend's memory: it reads the inputs and writes the arrays in place. */
function focalKernel(inputs: KernelInputs, options: KernelOptions, backend: BackendWasm): TensorInfo[] {
  // Every output is made before any view is taken: growing the memory detaches views.
  const sumsInfo = backend.makeOutput([1, options.layout.classes, SUMS_PER_CLASS, 2], 'int32');
  const arrayInfos = requestedArrays(options).map(
    (output) => [output, backend.makeOutput([outputLength(options, output)], 'float32')] as const,
  );

  const float32 = (info: TensorInfo) => backend.typedArrayFromHeap(info) as Float32Array;
  const sums = new Float64Array(options.layout.classes * SUMS_PER_CLASS);
  const arrays = Object.fromEntries(arrayInfos.map(([output, info]) => [output, float32(info).fill(0)]));
  const batch = {
    ...options,
    predictions: float32(inputs.predictions),
    labels: backend.typedArrayFromHeap(inputs.labels) as Float32Array | Int32Array,
    ...(inputs.sample_weights && { sampleWeights: float32(inputs.sample_weights) }),
  };
  evaluate(batch, { arrays, sums });
  backend.typedArrayFromHeap(sumsInfo).set(new Int32Array(sums.buffer));
  return [sumsInfo, ...arrayInfos.map(([, info]) => info)];
}
