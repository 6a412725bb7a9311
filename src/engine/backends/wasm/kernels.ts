import type { BackendWasm } from '@tensorflow/tfjs-backend-wasm';
import { getKernel, registerKernel, type TensorInfo, unregisterKernel } from '@tensorflow/tfjs-core';
import { type ArrayOutput, outputLength, requestedArrays, totalsLength } from '../../../loss/evaluation.ts';
import {
  KERNEL_NAMES,
  type KernelInputs,
  type KernelOptions,
  readKernelCall,
  SWEEP_KERNEL_NAMES,
} from '../../kernel.ts';
import { slicesOfParts } from '../../tiling.ts';
import type { KernelBuild } from '../backend.ts';
import { type BackendHeap, type FocalModule, heapOf, loadFocalModule } from './focal-module.ts';
import { addedLabelOf, withKernelParams } from './kernel-params.ts';
import { registerSigmoidSweepKernel } from './sigmoid-sweep-kernel.ts';
import { registerSoftmaxSweepKernel } from './softmax-sweep-kernel.ts';

/** Registers the focal kernels on tfjs's `wasm` backend, and returns their WebAssembly module. */
export function registerWasmKernels(backend: BackendWasm, build: KernelBuild): FocalModule {
  const heap = heapOf(backend);
  const focal = loadFocalModule(heap, build);
  for (const kernelName of [...Object.values(KERNEL_NAMES), ...Object.values(SWEEP_KERNEL_NAMES)]) {
    if (getKernel(kernelName, 'wasm')) unregisterKernel(kernelName, 'wasm'); // That of another build.
  }
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
  registerSigmoidSweepKernel(backend, heap, focal);
  registerSoftmaxSweepKernel(backend, heap, focal);
  return focal;
}

interface KernelContext {
  readonly backend: BackendWasm;
  readonly heap: BackendHeap;
  readonly focal: FocalModule;
}

type ArrayInfos = { readonly [output in ArrayOutput]?: TensorInfo };

function focalKernel(
  inputs: KernelInputs,
  options: KernelOptions,
  { backend, heap, focal }: KernelContext,
): TensorInfo[] {
  const parts = slicesOfParts(options.layout);
  const outputs = requestedArrays(options);
  const sumsLength = totalsLength(options);
  // All outputs are allocated before any view is taken: growing the memory detaches views.
  const sums = backend.makeOutput([parts.length, sumsLength, 2], 'int32');
  const arrays: ArrayInfos = Object.fromEntries(
    outputs.map((output) => [output, backend.makeOutput([outputLength(options, output)], 'float32')]),
  );
  const address = (info: TensorInfo | undefined) => (info ? backend.getMemoryOffset(info.dataId) : 0);
  const addresses = {
    predictions: address(inputs.predictions),
    labels: address(inputs.labels),
    sampleWeights: address(inputs.sample_weights),
    elementWeights: address(inputs.element_weights),
    gradients: address(arrays.gradients),
    elementwise: address(arrays.elementwise),
    hessian: address(arrays.hessian),
  };
  withKernelParams(heap, focal, options, inputs.labels.dtype === 'float32', addresses, (params) => {
    parts.forEach((part, i) => {
      const sumsOfPart = address(sums) + i * 8 * sumsLength;
      if (!mayHaveHardLabels(options) || !focal[options.activation](params, part.from, part.to)) {
        focal[GENERAL[options.activation]](params, part.from, part.to);
      }
      focal.flushSums(params, sumsOfPart);
    });
  });
  return [sums, ...outputs.map((output) => arrays[output]!)];
}

/** The kernels for soft labels, smoothing and probabilities: they take longer than those for hard labels. */
const GENERAL = { sigmoid: 'generalSigmoid', softmax: 'generalSoftmax' } as const;

/** Whether the kernels for hard labels may serve. They check the labels themselves while reading them. */
function mayHaveHardLabels(options: KernelOptions): boolean {
  return options.source === 'logits' && addedLabelOf(options) === 0;
}
