import type { BackendWasm } from '@tensorflow/tfjs-backend-wasm';
import { registerKernel, type TensorInfo } from '@tensorflow/tfjs-core';
import type { Batch } from '../../loss/batch.ts';
import { SUMS_PER_CLASS } from '../../loss/class-sums.ts';
import { evaluate } from '../../loss/definition.ts';
import { type ArrayOutput, outputLength, requestedArrays } from '../../loss/evaluation.ts';
import { KERNEL_NAMES, type KernelInputs, type KernelOptions, readKernelCall } from '../kernel.ts';
import { arraysOfRange, batchOfRange, cut, type Range } from '../parts.ts';
import { type BackendHeap, heapOf } from './backend-heap.ts';
import { type FocalModule, loadFocalModule } from './focal-module.ts';
import { withJob } from './workspace.ts';

/** Registers the focal kernels on tfjs's `wasm` backend. */
export function registerWasmKernels(backend: BackendWasm): void {
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
}

interface Machine {
  readonly backend: BackendWasm;
  readonly heap: BackendHeap;
  readonly focal: FocalModule;
}

type ArrayInfos = { readonly [output in ArrayOutput]?: TensorInfo };

function focalKernel(inputs: KernelInputs, options: KernelOptions, { backend, heap, focal }: Machine): TensorInfo[] {
  const { classes } = options.layout;
  const parts = cut(options.layout, 1);
  // Every output is made before any view is taken: growing the memory detaches views.
  const sums = backend.makeOutput([parts.length, classes, SUMS_PER_CLASS, 2], 'int32');
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
      const sumsOfPart = address(sums) + i * 8 * SUMS_PER_CLASS * classes;
      const hard = isHard(options) && focal[options.activation](job, part.from, part.to) !== 0;
      if (!hard && options.activation === 'sigmoid') {
        focal.takeSums(job, sumsOfPart); // To clear what the other kernel has left behind.
        focal.generalSigmoid(job, part.from, part.to);
      }
      focal.takeSums(job, sumsOfPart); // It also clears what a kernel that came upon a soft label has left behind.
      if (!hard && options.activation === 'softmax')
        define(part, sumsOfPart, inputs, options, arrays, { backend, heap });
    });
  });
  return [sums, ...requestedArrays(options).map((output) => arrays[output]!)];
}

/**
 * What the kernels for hard labels are for: logits as they are (about the labels they find out as they read them). The
 * general kernel for sigmoid takes the rest, in twice the time. Softmax leaves the rest to the definition, which takes
 * 300 to 550 ns an element where the kernel takes 5 to 15.
 */
function isHard(options: KernelOptions): boolean {
  return options.source === 'logits' && options.labelSmoothing === 0;
}

/** Evaluates a part by the float64 definition, in the backend's memory: it reads the inputs and writes in place. */
function define(
  part: Range,
  sumsOfPart: number,
  inputs: KernelInputs,
  options: KernelOptions,
  arrays: ArrayInfos,
  { backend, heap }: Pick<Machine, 'backend' | 'heap'>,
): void {
  const float32 = (info: TensorInfo) => backend.typedArrayFromHeap(info) as Float32Array;
  const batch: Batch = {
    ...options,
    predictions: float32(inputs.predictions),
    labels: backend.typedArrayFromHeap(inputs.labels) as Float32Array | Int32Array,
    ...(inputs.sample_weights && { sampleWeights: float32(inputs.sample_weights) }),
  };
  const whole = Object.fromEntries(Object.entries(arrays).map(([output, info]) => [output, float32(info)]));
  const views = arraysOfRange(batch, whole, part);
  for (const view of Object.values(views)) view.fill(0);
  const sums = new Float64Array(heap.memory.buffer, sumsOfPart, options.layout.classes * SUMS_PER_CLASS);
  evaluate(batchOfRange(batch, part), { arrays: views, sums: sums.fill(0) });
}
