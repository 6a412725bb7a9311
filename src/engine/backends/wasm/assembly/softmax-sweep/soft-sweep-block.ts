import { KernelParams } from '../kernel-params';
import { layOutBlock, SoftBlock } from '../softmax/soft-block';

// The float32 tensors of a block of samples with soft labels, [classes, samples] each, in the scratch memory of the evaluation that
// all others share. What the evaluations read is 0 for a class of a sample that is in the list of singles.
//   probabilities   p
//   labels          y, times the sample weight, divided by `labelUnit`
//   logits          at first the logits; then s of the evaluation in progress, without α
// and in the memory of what is float64 in single evaluations:

const MAX_SAMPLES: u32 = 64;
/** The most elements of a block of more than 16 samples: its tensors stay in the L2 cache. */
const MAX_ELEMENTS: u32 = 8192;
const MIN_SAMPLES: u32 = 16;

/** The samples of a block: a multiple of 4. */
export function samplesOfSweepBlock(params: KernelParams): u32 {
  return max<u32>(MIN_SAMPLES, min(MAX_SAMPLES, (MAX_ELEMENTS / params.classes) & ~3));
}

export function layOutSweepBlock(params: KernelParams): SoftBlock {
  return layOutBlock(params, samplesOfSweepBlock(params));
}

/** −y log p */
@inline
export function crossEntropies(block: SoftBlock): usize {
  return block.probabilitiesFloat64;
}

/** −y p (log p) / q, by which s grows with γ. */
@inline
export function slopesOfGamma(block: SoftBlock): usize {
  return block.probabilitiesFloat64 + (block.labels - block.logits);
}

/** −log q, if any γ needs it. */
@inline
export function logarithms(block: SoftBlock): usize {
  return block.slopesFloat64;
}
