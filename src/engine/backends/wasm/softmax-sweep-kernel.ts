import type { BackendWasm } from '@tensorflow/tfjs-backend-wasm';
import { registerKernel, type TensorInfo } from '@tensorflow/tfjs-core';
import type { Batch } from '../../../loss/batch.ts';
import { requestedArrays, totalsLength } from '../../../loss/evaluation.ts';
import type { HyperParameters } from '../../../loss/hyper-parameters.ts';
import { isPlain } from '../../../loss/plain-loss.ts';
import {
  type KernelInputs,
  type KernelOptions,
  readSweepCall,
  SWEEP_KERNEL_NAMES,
  type SweepKernelCall,
} from '../../kernel.ts';
import { slicesOfParts } from '../../tiling.ts';
import type { BackendHeap, FocalModule } from './focal-module.ts';
import { areEqual, halfSteps } from './half-steps.ts';
import { addedLabelOf, type TensorAddresses, withKernelParams } from './kernel-params.ts';

/** More classes take too much memory for the sums of many evaluations. */
const MAX_CLASSES = 1024;

/** Whether the softmax sweep kernel serves an evaluation. */
export function servesInSoftmaxSweep(batch: Batch, { gamma }: HyperParameters): boolean {
  const { source, layout, outputs } = batch;
  return (
    source === 'logits' &&
    layout.classes > 1 &&
    layout.classes <= MAX_CLASSES &&
    requestedArrays(batch).length === 0 &&
    batch.gradientSquares &&
    !outputs.includes('difficulty') &&
    isPlain(batch) &&
    areEqual(gamma.positive)
  );
}

interface KernelContext {
  readonly backend: BackendWasm;
  readonly heap: BackendHeap;
  readonly focal: FocalModule;
}

/** Registers the sweep kernel for softmax on tfjs's `wasm` backend. */
export function registerSoftmaxSweepKernel(backend: BackendWasm, heap: BackendHeap, focal: FocalModule): void {
  registerKernel({
    kernelName: SWEEP_KERNEL_NAMES.softmax,
    backendName: 'wasm',
    kernelFunc: ({ inputs, attrs }) => {
      const call = readSweepCall({ inputs, attrs });
      return sweepKernel(call, { backend, heap, focal });
    },
  });
}

// As assembly/softmax-sweep/softmax-sweep-params.ts has them, in bytes: its parameters, and what a block of samples needs.
const PARAMS_SIZE = 32;
const TERMS_SIZE = 32 * 80;
const FACTORS_SIZE = 64 * 4;
// As single-pairs.ts and soft-sweep-block.ts say: of a pair of singles, and of a class.
const SINGLE_PAIR_SIZE = 160;
const SINGLES_OF_CLASS = 4 + 16;

function sweepKernel(
  { inputs, options, hyperParameters }: SweepKernelCall,
  { backend, heap, focal }: KernelContext,
): TensorInfo {
  const parts = slicesOfParts(options.layout);
  const count = hyperParameters.length;
  const sumsSize = 8 * totalsLength(options);
  // All memory is allocated before any view is taken: growing it detaches views.
  const result = backend.makeOutput([count, parts.length, sumsSize / 8, 2], 'int32');
  const sums = backend.getMemoryOffset(result.dataId);
  const singlesSize = sizeOfSingles(options.layout.classes);
  const size = PARAMS_SIZE + TERMS_SIZE + FACTORS_SIZE * (count + 1) + sumsSize + singlesSize + 5 * count;
  const sweep = heap.allocate(size);
  const terms = sweep + PARAMS_SIZE;
  const factors = terms + TERMS_SIZE;
  const shared = factors + FACTORS_SIZE * (count + 1);
  const singles = shared + sumsSize;
  const addresses = singles + singlesSize;
  const served = addresses + 4 * count;
  const needsLogarithms = hyperParameters.some(({ gamma }) => halfSteps(gamma.positive) < 0);
  const sets = [sharedOptions(options), ...hyperParameters.map((each) => ({ ...options, ...each }))];
  try {
    withParamsOfEach(heap, focal, sets, inputs, backend, ([params, ...evaluations]) => {
      const { buffer } = heap.memory;
      new Int32Array(buffer, sweep).set([
        params!,
        addresses,
        terms,
        factors,
        count,
        served,
        singles,
        Number(needsLogarithms),
      ]);
      new Int32Array(buffer, addresses).set(evaluations);
      for (const [i, part] of parts.entries()) {
        const sumsOfPart = sums + i * sumsSize;
        const step = parts.length * sumsSize;
        // The kernel for hard labels checks the labels itself while reading them.
        const isHard = addedLabelOf(options) === 0 && focal.softmaxSweep(sweep, part.from, part.to);
        if (!isHard) focal.softmaxSoftSweep(sweep, part.from, part.to);
        focal.flushSoftmaxSweep(sweep, sumsOfPart, step, shared);
      }
    });
  } finally {
    heap.free(sweep);
  }
  return result;
}

const MAX_SAMPLES = 64;
const MIN_SAMPLES = 16;
const MAX_ELEMENTS = 8192;

/** Of a block in which all are singles. */
function sizeOfSingles(classes: number): number {
  const samples = Math.max(MIN_SAMPLES, Math.min(MAX_SAMPLES, 4 * Math.floor(MAX_ELEMENTS / classes / 4)));
  return 16 * Math.ceil((SINGLES_OF_CLASS * classes) / 16 + 1) + (SINGLE_PAIR_SIZE * classes * samples) / 2;
}

/** Those of the sums that all evaluations share. */
function sharedOptions(options: KernelOptions): KernelOptions {
  const { classes } = options.layout;
  const ones = new Float64Array(classes).fill(1);
  const zeros = new Float64Array(classes);
  return {
    ...options,
    gamma: { positive: zeros, negative: zeros },
    alpha: { positive: ones, negative: ones },
    outputs: ['per_class'],
    gradientSquares: false,
  };
}

/** Runs `work` with the addresses of the `KernelParams` of each options. */
function withParamsOfEach(
  heap: BackendHeap,
  focal: FocalModule,
  sets: readonly KernelOptions[],
  inputs: KernelInputs,
  backend: BackendWasm,
  work: (params: readonly number[]) => void,
): void {
  const address = (info: TensorInfo | undefined) => (info ? backend.getMemoryOffset(info.dataId) : 0);
  const tensors: TensorAddresses = {
    predictions: address(inputs.predictions),
    labels: address(inputs.labels),
    sampleWeights: address(inputs.sample_weights),
    elementWeights: 0,
    gradients: 0,
    elementwise: 0,
    hessian: 0,
  };
  const dense = inputs.labels.dtype === 'float32';
  const next = (params: readonly number[]): void => {
    const options = sets[params.length];
    if (options === undefined) work(params);
    else withKernelParams(heap, focal, options, dense, tensors, (address) => next([...params, address]));
  };
  next([]);
}
