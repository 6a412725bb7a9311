import { scaleOf } from '../../../loss/batch.ts';
import { SUMS_OF_BINS } from '../../../loss/difficulty.ts';
import { wantsAllSums } from '../../../loss/evaluation.ts';
import type { KernelOptions } from '../../kernel.ts';
import type { BackendHeap } from './backend-heap.ts';
import type { FocalModule } from './focal-module.ts';

/** Addresses of a call's tensors; 0 for what is absent or was not requested. */
export interface TensorAddresses {
  readonly predictions: number;
  readonly labels: number;
  readonly sampleWeights: number;
  readonly gradients: number;
  readonly elementwise: number;
  readonly hessian: number;
}

// In bytes, as in assembly: Constants, Job, LogPair, Term, and ClassPair with its sums.
const CONSTANTS_SIZE = 41 * 16;
const JOB_SIZE = 128;
const JOB_FLOATS = 88;
const BLOCK_SIZE = 4 * 128 * 8 + 128 * 4;
const LOG_PAIR_SIZE = 10 * 16;
const TERM_SIZE = 4 * 16;
const PAIR_SIZE = 18 * 16;
/** With a slot for what contributes nothing. */
const BINS_SIZE = 8 * SUMS_OF_BINS + 4 * 8;

/** As assembly/job.ts numbers them. */
const SOFT_LABELS = ['interpolated', 'termwise', 'quality'] as const;

/**
 * Runs `work` with the address of a `Job` (assembly/job.ts) that describes the call, in memory that is the backend's
 * own and given back afterwards.
 */
export function withJob<Result>(
  heap: BackendHeap,
  focal: FocalModule,
  options: KernelOptions,
  dense: boolean,
  tensors: TensorAddresses,
  work: (job: number) => Result,
): Result {
  const { classes, inner } = options.layout;
  const lanesAreSamples = options.activation === 'sigmoid' && (inner > 1 || classes === 1);
  const pairCount = lanesAreSamples ? classes : Math.ceil(classes / 2);
  const scratchSize = 3 * 16 * Math.ceil(classes / 2);
  const size =
    CONSTANTS_SIZE +
    JOB_SIZE +
    LOG_PAIR_SIZE +
    TERM_SIZE +
    pairCount * PAIR_SIZE +
    scratchSize +
    BLOCK_SIZE +
    BINS_SIZE;
  const constants = heap.allocate(size);
  try {
    const job = constants + CONSTANTS_SIZE;
    const logPair = job + JOB_SIZE;
    const term = logPair + LOG_PAIR_SIZE;
    const pairs = term + TERM_SIZE;
    const scratch = pairs + pairCount * PAIR_SIZE;
    const block = scratch + scratchSize;
    const bins = block + BLOCK_SIZE;
    const { buffer } = heap.memory;
    focal.writeConstants(constants);
    new Int32Array(buffer, job).set([
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
      options.outputs.includes('difficulty') ? bins : 0,
      logPair,
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
    ]);
    const { labelSmoothing, epsilon } = options;
    const addedLabel = labelSmoothing / (options.activation === 'sigmoid' ? 2 : classes);
    new Float64Array(buffer, job + JOB_FLOATS).set([scaleOf(options), 1 - labelSmoothing, addedLabel, epsilon]);
    writePairs(new Float64Array(buffer, pairs, (pairCount * PAIR_SIZE) / 8).fill(0), options, lanesAreSamples);
    new Uint8Array(buffer, block, BLOCK_SIZE + BINS_SIZE).fill(0);
    return work(job);
  } finally {
    heap.free(constants);
  }
}

function writePairs(pairs: Float64Array, options: KernelOptions, lanesAreSamples: boolean): void {
  const fields = [options.gamma, options.alpha.positive, options.alpha.negative, options.classWeights];
  for (let at = 0, pair = 0; at < pairs.length; at += PAIR_SIZE / 8, pair += 1) {
    fields.forEach((field, i) => {
      pairs[at + 2 * i] = field[lanesAreSamples ? pair : 2 * pair]!;
      pairs[at + 2 * i + 1] = field[lanesAreSamples ? pair : 2 * pair + 1] ?? 0;
    });
  }
}

/** γ where it is the same small integer for every class; −1 elsewhere. */
function smallGamma(gamma: Float64Array): number {
  const [first = -1] = gamma;
  return [0, 1, 2, 3].includes(first) && gamma.every((g) => g === first) ? first : -1;
}
