import { evaluateBlock } from './evaluate-block';
import { evaluateLabelled } from './evaluate-labelled';
import { DETACHED, KernelParams } from '../kernel-params';
import { loadClasses, loadSamples } from './records';
import { pairAt } from '../sums';

/**
 * Evaluates contiguous elements that the float32 fast path does not: up to three at the end of a row, and vectors with a logit
 * outside the range of the float32 exponential. The parameters are those of `evaluateLabelled`.
 *
 * @param soft whether labels may be soft
 * @returns false if there is a soft label where none may be
 */
export function evaluateRemaining(
  params: KernelParams,
  element: u32,
  sample: u32,
  count: u32,
  c: u32,
  soft: bool,
): bool {
  if (!soft && !params.bins && servesHardLabels(params)) return evaluateLabelled(params, element, sample, count, c);
  const lanesAreSamples = params.lanesAreSamples != 0;
  if (lanesAreSamples) loadSamples(params, element, sample, count, c);
  else loadClasses(params, sample, c, count, 0);
  const firstPair = lanesAreSamples ? c : c >> 1;
  evaluateBlock(params, element, 1, firstPair, count);
  // `countNegatives` counts all elements as negative, and `evaluateBlock` those that are.
  for (let i: u32 = 0; i < count; i += 2) {
    const pair = pairAt(params, lanesAreSamples ? c : firstPair + (i >> 1));
    pair.negativeCount = f64x2.sub(pair.negativeCount, f64x2.splat(1));
  }
  return true;
}

/** Whether the kernel for hard labels serves the options of the family that are in use. Its gradients have one sign. */
@inline
function servesHardLabels(params: KernelParams): bool {
  return params.family <= DETACHED || (params.margin == 0 && params.polyEpsilon >= 0 && !params.hessian);
}
