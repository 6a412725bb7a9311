import { scaleOf } from '../../../loss/batch.ts';
import { SUMS_OF_BINS } from '../../../loss/difficulty.ts';
import { wantsAllSums } from '../../../loss/evaluation.ts';
import { DIFFERENTIATED } from '../../../loss/focal-term.ts';
import { formOf } from '../../../loss/form-of.ts';
import { hasUnweightedPositives, type SoftLabels } from '../../../loss/labelled-term.ts';
import { isPlain } from '../../../loss/plain-loss.ts';
import type { KernelOptions } from '../../kernel.ts';
import type { BackendHeap, FocalModule } from './focal-module.ts';
import { halfSteps } from './half-steps.ts';

/** Addresses of a call's tensors; 0 for a tensor that is absent or not requested. */
export interface TensorAddresses {
  readonly predictions: number;
  readonly labels: number;
  readonly sampleWeights: number;
  readonly elementWeights: number;
  readonly gradients: number;
  readonly elementwise: number;
  readonly hessian: number;
}

// Sizes in bytes of the structs in assembly/: Constants, KernelParams, LogProbabilities, Term, and ClassPair with its sums.
export const CONSTANTS_SIZE = 42 * 16;
const PARAMS_SIZE = 256; // Of up to 40 integers, and 12 floats behind them.
const BLOCK_SIZE = 4 * 64 * 6 * 16;
// Rows, factors, positive elements, spare gradients and factors of Poly-1, as assembly/sigmoid/quads.ts says.
const ROWS_SIZE = (16 + 2) * 32 * 64 + 640 + 16 * 32 * 16 + 32 * 64;
export const LOG_PROBABILITIES_SIZE = 10 * 16;
const TERM_SIZE = 4 * 16;
const PAIR_SIZE = 19 * 16;
/** As assembly/class-options.ts says. */
const OPTIONS_OF_CLASS = 5;
// Of the float32 softmax kernels, as assembly/softmax/softmax-remaining-classes.ts and soft-sums.ts say: of a block, and of four classes.
const SAMPLES_SIZE = 32 * 272 + 3 * 4 * 64 + 4 * 4096 + 16;
const REMAINING_SIZE = 4 * 24 + 4 * 4 + 4 * 96 + 8 * 16 + 3 * 16 + 160 + 64 + 4 * 4 * 32 + 3 * 4 * 16;
// As soft-block.ts says: of a block, and of an element of it.
const SOFT_BLOCK_SIZE = 64 + 16 * 384 + PAIR_SIZE + 16;
const SOFT_ELEMENT_SIZE = 3 * 4 + 2 * 8 + 1 / 4;
const MAX_SOFT_SAMPLES = 64;
const MAX_SOFT_ELEMENTS = 2 ** 14;
/** One more slot receives elements that contribute nothing. */
const BINS_SIZE = 8 * SUMS_OF_BINS + 4 * 8;

/** In the order of their numbers in assembly/kernel-params.ts. */
const FORMS: readonly SoftLabels[] = ['interpolated', 'termwise', 'quality', 'varifocal', 'matchability'];

/**
 * Runs `work` with the address of the call's `KernelParams` (assembly/kernel-params.ts), which are allocated in the
 * backend's memory and freed afterwards.
 */
export function withKernelParams<Result>(
  heap: BackendHeap,
  focal: FocalModule,
  options: KernelOptions,
  dense: boolean,
  tensors: TensorAddresses,
  work: (params: number) => Result,
): Result {
  const { classes, inner } = options.layout;
  const lanesAreSamples = options.activation === 'sigmoid' && (inner > 1 || classes === 1);
  const pairCount = lanesAreSamples ? classes : Math.ceil(classes / 2);
  const float32Size = options.activation === 'softmax' ? softmaxScratchSize(classes) : 0;
  const scratchSize = 3 * 16 * Math.ceil(classes / 2) + float32Size;
  const size =
    CONSTANTS_SIZE +
    PARAMS_SIZE +
    8 * OPTIONS_OF_CLASS * classes +
    LOG_PROBABILITIES_SIZE +
    TERM_SIZE +
    pairCount * PAIR_SIZE +
    scratchSize +
    BLOCK_SIZE +
    BINS_SIZE +
    ROWS_SIZE;
  const constants = heap.allocate(size);
  try {
    const params = constants + CONSTANTS_SIZE;
    const classOptions = params + PARAMS_SIZE;
    const logProbs = classOptions + 8 * OPTIONS_OF_CLASS * classes;
    const term = logProbs + LOG_PROBABILITIES_SIZE;
    const pairs = term + TERM_SIZE;
    const scratch = pairs + pairCount * PAIR_SIZE;
    const block = scratch + scratchSize;
    const bins = block + BLOCK_SIZE;
    const rows = bins + BINS_SIZE;
    const { buffer } = heap.memory;
    const { gamma, margin, detached } = options;
    const steps = gamma.positive === gamma.negative ? halfSteps(gamma.positive) : -1;
    focal.writeConstants(constants);
    const integers = [
      constants,
      tensors.predictions,
      tensors.labels,
      tensors.sampleWeights,
      tensors.elementWeights,
      tensors.gradients,
      tensors.elementwise,
      tensors.hessian,
      classOptions,
      pairs,
      scratch,
      block,
      rows,
      options.outputs.includes('difficulty') ? bins : 0,
      logProbs,
      term,
      classes,
      inner,
      Number(dense),
      Number(wantsAllSums(options)),
      Number(options.gradientSquares),
      Number(lanesAreSamples),
      smallGamma(steps),
      Number(options.source === 'probabilities'),
      FORMS.indexOf(formOf(options)),
      steps,
      0, // No sums are in use.
      0,
      0,
      0,
      familyOf(options),
      Number(detached.gradient),
      Number(detached.hessian),
      hasUnweightedPositives(options.softLabels) ? 0 : halfSteps(gamma.positive),
      halfSteps(gamma.negative),
    ];
    new Int32Array(buffer, params).set(integers);
    const { labelSmoothing, epsilon } = options;
    new Float64Array(buffer, params + 8 * Math.ceil(integers.length / 2)).set([
      scaleOf(options),
      1 - labelSmoothing,
      addedLabelOf(options),
      epsilon,
      steps >= 0 ? gamma.positive[0]! : Math.max(largestOf(gamma.positive), largestOf(gamma.negative)),
      margin,
      Math.log(margin) - Math.log1p(-margin),
      options.polyEpsilon,
    ]);
    writeClassOptions(new Float64Array(buffer, classOptions, OPTIONS_OF_CLASS * classes), options);
    new Uint8Array(buffer, bins, BINS_SIZE).fill(0);
    return work(params);
  } finally {
    heap.free(constants);
  }
}

/** As assembly/kernel-params.ts says. */
function familyOf(options: KernelOptions): number {
  if (isPlain(options)) return 0;
  return isPlain({ ...options, detached: DIFFERENTIATED }) ? 1 : 2;
}

/** What smoothing adds to every label: 0 without, and if it is too small for a float64. */
export function addedLabelOf({ labelSmoothing, activation, layout }: KernelOptions): number {
  return labelSmoothing / (activation === 'sigmoid' ? 2 : layout.classes);
}

/** Of the float32 kernels: that for hard labels and that with lanes along the classes, or that for blocks of samples. */
function softmaxScratchSize(classes: number): number {
  const samples = Math.max(4, Math.min(MAX_SOFT_SAMPLES, 4 * Math.floor(MAX_SOFT_ELEMENTS / classes / 4)));
  const blockSize = SOFT_BLOCK_SIZE + 4 * classes + Math.ceil(SOFT_ELEMENT_SIZE * samples * classes);
  return 16 * Math.ceil(Math.max(SAMPLES_SIZE + REMAINING_SIZE * Math.ceil(classes / 4), blockSize) / 16);
}

/** Of all classes, one option after another: `startPairSums` in assembly/sums.ts copies them to the pairs. */
function writeClassOptions(to: Float64Array, { layout, gamma, alpha, classWeights }: KernelOptions): void {
  const options = [gamma.positive, alpha.positive, alpha.negative, classWeights, gamma.negative];
  for (const [i, values] of options.entries()) to.set(values, i * layout.classes);
}

/** A loop, as a call for each of tens of thousands of classes takes as long as the kernel takes for a sample or two. */
function largestOf(gamma: Float64Array): number {
  let largest = 0;
  for (let c = 0; c < gamma.length; c++) if (gamma[c]! > largest) largest = gamma[c]!;
  return largest;
}

/** γ if it is the same for every class and 0, 1, 2 or 3; else −1. */
function smallGamma(steps: number): number {
  return [0, 2, 4, 6].includes(steps) ? steps / 2 : -1;
}
