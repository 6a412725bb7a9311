import type { BackendWasm } from '@tensorflow/tfjs-backend-wasm';
import { registerKernel, type TensorInfo } from '@tensorflow/tfjs-core';
import type { Batch } from '../../../loss/batch.ts';
import { SUMS_PER_CLASS } from '../../../loss/class-sums.ts';
import { requestedArrays } from '../../../loss/evaluation.ts';
import type { HyperParameters } from '../../../loss/hyper-parameters.ts';
import { isPlain } from '../../../loss/plain-loss.ts';
import { elementCount } from '../../../loss/tensor.ts';
import { readSweepCall, SWEEP_KERNEL_NAMES, type SweepKernelCall, type SweepLabels } from '../../kernel.ts';
import { slicesOfParts } from '../../tiling.ts';
import type { BackendHeap, FocalModule } from './focal-module.ts';
import { areEqual, halfSteps } from './half-steps.ts';
import { CONSTANTS_SIZE, LOG_PROBABILITIES_SIZE } from './kernel-params.ts';
import {
  type LaneSums,
  laneSumsLength,
  lanesAreSamples,
  type SweptEvaluation,
  writeTotals,
} from './sigmoid-sweep-totals.ts';

/** More classes take too much memory for the sums of many evaluations, in which they gain little. */
const MAX_CLASSES = 1024;
/** The float32 errors of fewer elements do not average out in the sums. */
const MIN_ELEMENTS = 4096;

/** The sigmoid sweep kernel that serves an evaluation, if one does. */
export function sigmoidSweepLabels(
  batch: Batch,
  { gamma }: HyperParameters,
  hardLabels: boolean,
): SweepLabels | undefined {
  const { source, layout, outputs, gradientSquares } = batch;
  const serves =
    gradientSquares &&
    layout.classes <= MAX_CLASSES &&
    requestedArrays(batch).length === 0 &&
    !outputs.includes('difficulty') &&
    !(batch.sampleWeights && batch.elementWeights) && // Float32 may not hold their products.
    isPlain(batch) &&
    areEqual(gamma.positive);
  if (!serves) return undefined;
  const isFloat32 = source === 'logits' && halfSteps(gamma.positive) >= 0 && elementCount(layout) >= MIN_ELEMENTS;
  return hardLabels && isFloat32 ? 'hard' : 'soft';
}

/** Registers the sweep kernel for sigmoid on tfjs's `wasm` backend. */
export function registerSigmoidSweepKernel(backend: BackendWasm, heap: BackendHeap, focal: FocalModule): void {
  registerKernel({
    kernelName: SWEEP_KERNEL_NAMES.sigmoid,
    backendName: 'wasm',
    kernelFunc: ({ inputs, attrs }) => {
      const call = readSweepCall({ inputs, attrs });
      return sweepKernel(call, { backend, heap, focal });
    },
  });
}

interface KernelContext {
  readonly backend: BackendWasm;
  readonly heap: BackendHeap;
  readonly focal: FocalModule;
}

// As assembly/sigmoid-sweep/ has them, in bytes: its parameters, a run and scratch memory for records of termwise labels, the
// largest ones.
const PARAMS_SIZE = 104;
const PARAMS_FLOATS = 80;
const RUN_SIZE = 48;
const BLOCK_SIZE = 2 * 16 * 14 * 16;
/** Instead of a form of soft labels. */
const HARD = -1;
/** As in assembly/kernel-params.ts. */
const FORMS = { interpolated: 0, termwise: 1, quality: 2 } as const;

function sweepKernel(
  { inputs, options, hyperParameters, labels }: SweepKernelCall,
  { backend, heap, focal }: KernelContext,
): TensorInfo {
  const { layout, labelSmoothing } = options;
  const { classes, inner } = layout;
  const parts = slicesOfParts(layout);
  const form = labels === 'hard' ? 'hard' : (options.softLabels as keyof typeof FORMS); // It serves no other.
  const { gammas, evaluations, order } = sweptEvaluations(hyperParameters);
  const steps = gammas.map((gamma) => halfSteps(Float64Array.of(gamma)));
  const pairs = form === 'termwise' ? order : [];
  const laneSums: LaneSums = { options, form, gammas: gammas.length, pairs: pairs.length, parts: parts.length };
  const sumsOfPart = laneSumsLength(laneSums);
  const paddedClasses = 4 * Math.ceil(classes / 4);
  // All memory is allocated before any view is taken: growing it detaches views.
  const totalsLength = hyperParameters.length * parts.length * classes * SUMS_PER_CLASS;
  const result = backend.makeOutput([hyperParameters.length, parts.length, classes * SUMS_PER_CLASS, 2], 'int32');
  const sumsSize = 8 * parts.length * sumsOfPart;
  const alphasSize = 16 * pairs.length * paddedClasses;
  const fixedSize = CONSTANTS_SIZE + PARAMS_SIZE + BLOCK_SIZE + RUN_SIZE + LOG_PROBABILITIES_SIZE;
  const sums = heap.allocate(sumsSize + alphasSize + fixedSize + 16 * gammas.length);
  try {
    const alphas = sums + sumsSize;
    const constants = alphas + alphasSize;
    const params = constants + CONSTANTS_SIZE;
    const block = params + PARAMS_SIZE;
    const run = block + BLOCK_SIZE;
    const logProbs = run + RUN_SIZE;
    const gammasAt = logProbs + LOG_PROBABILITIES_SIZE;
    const stepsAt = gammasAt + 8 * gammas.length;
    const endsAt = stepsAt + 4 * gammas.length;
    const address = (info: TensorInfo | undefined) => (info ? backend.getMemoryOffset(info.dataId) : 0);
    const { buffer } = heap.memory;
    focal.writeConstants(constants);
    new Int32Array(buffer, params).set([
      constants,
      address(inputs.predictions),
      address(inputs.labels),
      address(inputs.element_weights ?? inputs.sample_weights),
      block,
      stepsAt,
      classes,
      inner,
      Number(inputs.labels.dtype === 'float32'),
      Number(lanesAreSamples(options)),
      gammas.length,
      form === 'hard' ? HARD : FORMS[form],
      gammasAt,
      Number(steps.includes(-1)),
      run,
      pairs.length,
      endsAt,
      alphas,
      options.source === 'probabilities' ? logProbs : 0,
      Number(inputs.element_weights !== undefined),
    ]);
    new Float64Array(buffer, params + PARAMS_FLOATS).set([1 - labelSmoothing, labelSmoothing / 2, options.epsilon]);
    new Float64Array(buffer, gammasAt).set(gammas);
    new Int32Array(buffer, stepsAt).set(steps);
    new Int32Array(buffer, endsAt).set(gammas.map((_, g) => order.filter((i) => evaluations[i]!.gamma <= g).length));
    const weights = new Float64Array(buffer, alphas, 2 * pairs.length * paddedClasses).fill(0);
    for (const [at, i] of pairs.entries()) {
      const { alpha } = evaluations[i]!;
      weights.set(alpha.positive, 2 * at * paddedClasses);
      weights.set(alpha.negative, (2 * at + 1) * paddedClasses);
    }
    const lanes = new Float64Array(buffer, sums, parts.length * sumsOfPart).fill(0);
    for (const [i, part] of parts.entries()) {
      focal.sigmoidSweep(params, part.from, part.to, sums + 8 * i * sumsOfPart);
    }
    writeTotals(new Float64Array(buffer, address(result), totalsLength), lanes, laneSums, evaluations);
    return result;
  } finally {
    heap.free(sums);
  }
}

/** The γ of the evaluations, each once: those that differ only in α share them. */
function sweptEvaluations(hyperParameters: readonly HyperParameters[]) {
  const gammas = [...new Set(hyperParameters.map(({ gamma }) => gamma.positive[0]!))];
  const found = hyperParameters.map(({ gamma, alpha }) => ({ gamma: gammas.indexOf(gamma.positive[0]!), alpha }));
  const order = [...found.keys()].toSorted((a, b) => found[a]!.gamma - found[b]!.gamma);
  const positions = new Map(order.map((i, position) => [i, position]));
  const evaluations = found.map((each, i): SweptEvaluation => ({ ...each, position: positions.get(i)! }));
  return { gammas, evaluations, order };
}
