import type { BackendWasm } from '@tensorflow/tfjs-backend-wasm';
import { registerKernel, type TensorInfo } from '@tensorflow/tfjs-core';
import type { Batch } from '../../../loss/batch.ts';
import { SUMS_PER_CLASS } from '../../../loss/class-sums.ts';
import { requestedArrays } from '../../../loss/evaluation.ts';
import type { HyperParameters } from '../../../loss/hyper-parameters.ts';
import { elementCount } from '../../../loss/tensor.ts';
import { type KernelInputs, type KernelOptions, readSweepCall, SWEEP_KERNEL_NAMES } from '../../kernel.ts';
import { slicesOfParts } from '../../tiling.ts';
import type { BackendHeap, FocalModule } from './focal-module.ts';
import { halfSteps } from './half-steps.ts';
import { CONSTANTS_SIZE } from './kernel-params.ts';

/** More classes take too much memory for the sums of many evaluations, in which they gain little. */
const MAX_CLASSES = 1024;
/** The float32 errors of fewer elements do not average out in the sums. */
const MIN_ELEMENTS = 4096;

/** Whether the sigmoid sweep kernel serves an evaluation. */
export function servesInSigmoidSweep(batch: Batch, { gamma }: HyperParameters, hardLabels: boolean): boolean {
  const { source, layout, outputs, labelSmoothing } = batch;
  return (
    hardLabels &&
    source === 'logits' &&
    labelSmoothing === 0 &&
    layout.classes <= MAX_CLASSES &&
    elementCount(layout) >= MIN_ELEMENTS &&
    requestedArrays(batch).length === 0 &&
    !outputs.includes('difficulty') &&
    halfSteps(gamma) >= 0
  );
}

/** Registers the sweep kernel for sigmoid on tfjs's `wasm` backend. */
export function registerSigmoidSweepKernel(backend: BackendWasm, heap: BackendHeap, focal: FocalModule): void {
  registerKernel({
    kernelName: SWEEP_KERNEL_NAMES.sigmoid,
    backendName: 'wasm',
    kernelFunc: ({ inputs, attrs }) => {
      const call = readSweepCall({ inputs, attrs });
      return sweepKernel(call.inputs, call.options, call.hyperParameters, { backend, heap, focal });
    },
  });
}

interface KernelContext {
  readonly backend: BackendWasm;
  readonly heap: BackendHeap;
  readonly focal: FocalModule;
}

// As assembly/sigmoid-sweep/ has them: sizes of its parameters and scratch memory in bytes, and of the sums of four lanes in numbers.
const PARAMS_SIZE = 64;
const BLOCK_SIZE = 16 * (6 + 2 * 6) * 16;
const SHARED_SUMS = 4 * 2 * 4;
const EVALUATION_SUMS = 3 * 2 * 4;

function sweepKernel(
  inputs: KernelInputs,
  options: KernelOptions,
  hyperParameters: readonly HyperParameters[],
  { backend, heap, focal }: KernelContext,
): TensorInfo {
  const { classes, inner } = options.layout;
  const parts = slicesOfParts(options.layout);
  const evaluations = hyperParameters.length;
  const lanesAreSamples = inner > 1 || classes === 1;
  const sets = lanesAreSamples ? classes : Math.ceil(classes / 4);
  const sumsOfPart = sets * (SHARED_SUMS + EVALUATION_SUMS * evaluations);
  // All memory is allocated before any view is taken: growing it detaches views.
  const result = backend.makeOutput([evaluations, parts.length, classes * SUMS_PER_CLASS, 2], 'int32');
  const sums = heap.allocate(
    8 * parts.length * sumsOfPart + CONSTANTS_SIZE + PARAMS_SIZE + BLOCK_SIZE + 4 * evaluations,
  );
  try {
    const constants = sums + 8 * parts.length * sumsOfPart;
    const params = constants + CONSTANTS_SIZE;
    const block = params + PARAMS_SIZE;
    const steps = block + BLOCK_SIZE;
    const address = (info: TensorInfo | undefined) => (info ? backend.getMemoryOffset(info.dataId) : 0);
    const { buffer } = heap.memory;
    focal.writeConstants(constants);
    new Int32Array(buffer, params).set([
      constants,
      address(inputs.predictions),
      address(inputs.labels),
      address(inputs.sample_weights),
      block,
      steps,
      classes,
      inner,
      Number(inputs.labels.dtype === 'float32'),
      Number(lanesAreSamples),
      evaluations,
    ]);
    new Int32Array(buffer, steps).set(hyperParameters.map(({ gamma }) => halfSteps(gamma)));
    const lanes = new Float64Array(buffer, sums, parts.length * sumsOfPart).fill(0);
    for (const [i, part] of parts.entries()) {
      focal.sigmoidSweep(params, part.from, part.to, sums + 8 * i * sumsOfPart);
    }
    const totals = new Float64Array(buffer, address(result), evaluations * parts.length * classes * SUMS_PER_CLASS);
    writeTotals(totals, lanes, { options, hyperParameters, parts: parts.length, lanesAreSamples });
    return result;
  } finally {
    heap.free(sums);
  }
}

interface SumsLayout {
  readonly options: KernelOptions;
  readonly hyperParameters: readonly HyperParameters[];
  readonly parts: number;
  readonly lanesAreSamples: boolean;
}

/** Writes the sums of each evaluation, `[evaluations, parts, classes, 14]`, with its α. */
function writeTotals(totals: Float64Array, lanes: Float64Array, layout: SumsLayout): void {
  const { options, hyperParameters, parts, lanesAreSamples } = layout;
  const { classes } = options.layout;
  const setSize = SHARED_SUMS + EVALUATION_SUMS * hyperParameters.length;
  const partSize = (lanesAreSamples ? classes : Math.ceil(classes / 4)) * setSize;
  const read = (at: number) =>
    lanesAreSamples ? lanes[at]! + lanes[at + 1]! + (lanes[at + 2]! + lanes[at + 3]!) : lanes[at]!;
  let to = 0;
  for (const [evaluation, { alpha }] of hyperParameters.entries()) {
    for (let part = 0; part < parts; part++) {
      for (let c = 0; c < classes; c++) {
        const set = part * partSize + (lanesAreSamples ? c * setSize : Math.floor(c / 4) * setSize + (c % 4));
        for (const side of SIDES) {
          const shared = set + side.offset;
          const own = shared + SHARED_SUMS + EVALUATION_SUMS * evaluation;
          const weight = alpha[side.name][c]!;
          totals[to] = weight * read(own);
          totals[to + 1] = options.classWeights[c]! * read(shared);
          totals[to + 2] = weight * read(own + 8);
          totals[to + 3] = read(shared + 8);
          totals[to + 4] = read(shared + 16);
          totals[to + 5] = read(shared + 24);
          totals[to + 6] = weight * weight * read(own + 16);
          to += 7;
        }
      }
    }
  }
}

const SIDES = [
  { name: 'positive', offset: 0 },
  { name: 'negative', offset: 4 },
] as const;
