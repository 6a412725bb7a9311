import type { BackendWasm } from '@tensorflow/tfjs-backend-wasm';
import { registerKernel, type TensorInfo } from '@tensorflow/tfjs-core';
import { type ArrayOutput, outputLength, requestedArrays, totalsLength } from '../../../loss/evaluation.ts';
import { KERNEL_NAMES, type KernelInputs, type KernelOptions, readKernelCall } from '../../kernel.ts';
import { slicesOfParts } from '../../tiling.ts';
import { type BackendHeap, heapOf } from './backend-heap.ts';
import { type FocalModule, loadFocalModule } from './focal-module.ts';
import { withJob } from './kernel-params.ts';

/** Registers the focal kernels on tfjs's `wasm` backend, and returns what they are made of. */
export function registerWasmKernels(backend: BackendWasm): FocalModule {
  const heap = heapOf(backend);
  const focal = loadFocalModule(heap);
  for (const kernelName of Object.values(KERNEL_NAMES)) {
    registerKernel({
      kernelName,
      backendName: 'wasm',
      kernelFunc: ({ inputs, attrs }) => {
        const call = readKernelCall({ inputs, attrs });
        return focalKernel(call.inputs, call.options, { backend, heap, focal });
      },
    });
  }
  return focal;
}

interface Machine {
  readonly backend: BackendWasm;
  readonly heap: BackendHeap;
  readonly focal: FocalModule;
}

type ArrayInfos = { readonly [output in ArrayOutput]?: TensorInfo };

function focalKernel(inputs: KernelInputs, options: KernelOptions, { backend, heap, focal }: Machine): TensorInfo[] {
  const parts = slicesOfParts(options.layout);
  // Every output is made before any view is taken: growing the memory detaches views.
  const sums = backend.makeOutput([parts.length, totalsLength(options), 2], 'int32');
  const arrays: ArrayInfos = Object.fromEntries(
    requestedArrays(options).map((output) => [output, backend.makeOutput([outputLength(options, output)], 'float32')]),
  );
  const address = (info: TensorInfo | undefined) => (info ? backend.getMemoryOffset(info.dataId) : 0);
  const addresses = {
    predictions: address(inputs.predictions),
    labels: address(inputs.labels),
    sampleWeights: address(inputs.sample_weights),
    gradients: address(arrays.gradients),
    elementwise: address(arrays.elementwise),
    hessian: address(arrays.hessian),
  };
  withJob(heap, focal, options, inputs.labels.dtype === 'float32', addresses, (job) => {
    parts.forEach((part, i) => {
      const sumsOfPart = address(sums) + i * 8 * totalsLength(options);
      if (!mayBeHard(options) || !focal[options.activation](job, part.from, part.to)) {
        focal.takeSums(job, sumsOfPart); // To clear what the other kernel has left behind.
        focal[GENERAL[options.activation]](job, part.from, part.to);
      }
      focal.takeSums(job, sumsOfPart);
    });
  });
  return [sums, ...requestedArrays(options).map((output) => arrays[output]!)];
}

/** What takes soft labels, smoothing and probabilities, and fills the bins, at two to four times the cost of hard labels. */
const GENERAL = { sigmoid: 'generalSigmoid', softmax: 'generalSoftmax' } as const;

/** Whether the kernels for hard labels can do it; whether labels are hard, they find out as they read them. */
function mayBeHard(options: KernelOptions): boolean {
  return options.source === 'logits' && options.labelSmoothing === 0 && !options.outputs.includes('difficulty');
}
