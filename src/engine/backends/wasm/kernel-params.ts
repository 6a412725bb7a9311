import { scaleOf } from '../../../loss/batch.ts';
import { SUMS_OF_BINS } from '../../../loss/difficulty.ts';
import { wantsAllSums } from '../../../loss/evaluation.ts';
import type { KernelOptions } from '../../kernel.ts';
import type { BackendHeap, FocalModule } from './focal-module.ts';
import { areEqual, halfSteps } from './half-steps.ts';

/** Addresses of a call's tensors; 0 for a tensor that is absent or not requested. */
export interface TensorAddresses {
  readonly predictions: number;
  readonly labels: number;
  readonly sampleWeights: number;
  readonly gradients: number;
  readonly elementwise: number;
  readonly hessian: number;
}

// Sizes in bytes of the structs in assembly/: Constants, KernelParams, LogProbabilities, Term, and ClassPair with its sums.
export const CONSTANTS_SIZE = 42 * 16;
const PARAMS_SIZE = 160;
const PARAMS_FLOATS = 112;
const BLOCK_SIZE = 4 * 64 * 6 * 16;
const ROWS_SIZE = (16 + 3) * 32 * 64; // Rows and factors, as assembly/sigmoid/float32-rows.ts says.
const LOG_PROBABILITIES_SIZE = 10 * 16;
const TERM_SIZE = 4 * 16;
const PAIR_SIZE = 18 * 16;
// Of the float32 softmax kernels, as assembly/softmax/softmax-remaining-classes.ts and soft-sums.ts say: of a block, and of four classes.
const SAMPLES_SIZE = 32 * 304 + 4 * 4096 + 16;
const REMAINING_SIZE = 4 * 24 + 4 * 4 + 4 * 96 + 4 * 16 + 16 + 160 + 64 + 4 * 32 + 3 * 4 * 16;
// As soft-block.ts says: of a block, and of an element of it.
const SOFT_BLOCK_SIZE = 64 + 16 * 384 + PAIR_SIZE + 16;
const SOFT_ELEMENT_SIZE = 3 * 4 + 2 * 8 + 1 / 4;
const MAX_SOFT_SAMPLES = 64;
const MAX_SOFT_ELEMENTS = 2 ** 14;
/** One more slot receives elements that contribute nothing. */
const BINS_SIZE = 8 * SUMS_OF_BINS + 4 * 8;

/** In the order of their numbers in assembly/kernel-params.ts. */
const SOFT_LABELS = ['interpolated', 'termwise', 'quality'] as const;

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
    const logProbs = params + PARAMS_SIZE;
    const term = logProbs + LOG_PROBABILITIES_SIZE;
    const pairs = term + TERM_SIZE;
    const scratch = pairs + pairCount * PAIR_SIZE;
    const block = scratch + scratchSize;
    const bins = block + BLOCK_SIZE;
    const rows = bins + BINS_SIZE;
    const { buffer } = heap.memory;
    focal.writeConstants(constants);
    new Int32Array(buffer, params).set([
      constants,
      tensors.predictions,
      tensors.labels,
      tensors.sampleWeights,
      tensors.gradients,
      tensors.elementwise,
      tensors.hessian,
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
      smallGamma(options.gamma),
      Number(options.source === 'probabilities'),
      SOFT_LABELS.indexOf(options.softLabels),
      halfSteps(options.gamma),
      0, // No sums are in use.
      0,
      0,
      0,
    ]);
    const { labelSmoothing, epsilon } = options;
    const addedLabel = labelSmoothing / (options.activation === 'sigmoid' ? 2 : classes);
    new Float64Array(buffer, params + PARAMS_FLOATS).set([
      scaleOf(options),
      1 - labelSmoothing,
      addedLabel,
      epsilon,
      options.gamma.reduce((largest, each) => Math.max(largest, each), 0),
    ]);
    writePairs(new Float64Array(buffer, pairs, (pairCount * PAIR_SIZE) / 8), options, lanesAreSamples);
    new Uint8Array(buffer, bins, BINS_SIZE).fill(0);
    return work(params);
  } finally {
    heap.free(constants);
  }
}

/** Of the float32 kernels: that for hard labels and that with lanes along the classes, or that for blocks of samples. */
function softmaxScratchSize(classes: number): number {
  const samples = Math.max(4, Math.min(MAX_SOFT_SAMPLES, 4 * Math.floor(MAX_SOFT_ELEMENTS / classes / 4)));
  const blockSize = SOFT_BLOCK_SIZE + 4 * classes + Math.ceil(SOFT_ELEMENT_SIZE * samples * classes);
  return 16 * Math.ceil(Math.max(SAMPLES_SIZE + REMAINING_SIZE * Math.ceil(classes / 4), blockSize) / 16);
}

function writePairs(pairs: Float64Array, options: KernelOptions, lanesAreSamples: boolean): void {
  const { gamma, alpha, classWeights } = options;
  for (let at = 0, pair = 0; at < pairs.length; at += PAIR_SIZE / 8, pair += 1) {
    const first = lanesAreSamples ? pair : 2 * pair;
    const second = lanesAreSamples ? pair : first + 1;
    pairs[at] = gamma[first]!;
    pairs[at + 1] = gamma[second] ?? 0;
    pairs[at + 2] = alpha.positive[first]!;
    pairs[at + 3] = alpha.positive[second] ?? 0;
    pairs[at + 4] = alpha.negative[first]!;
    pairs[at + 5] = alpha.negative[second] ?? 0;
    pairs[at + 6] = classWeights[first]!;
    pairs[at + 7] = classWeights[second] ?? 0;
  }
}

/** γ if it is the same for every class and 0, 1, 2 or 3; else −1. */
function smallGamma(gamma: Float64Array): number {
  const [first = -1] = gamma;
  return [0, 1, 2, 3].includes(first) && areEqual(gamma) ? first : -1;
}
