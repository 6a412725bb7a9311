import { ServiceError } from '../../core/service-error.ts';
import type { Batch } from '../batch.ts';
import { type BatchSample, sampleBatch } from './batch-sample.ts';
import { findClassNeverLabelled } from './class-never-labelled.ts';
import { findEverythingIgnored } from './everything-ignored.ts';
import { findLossOfOneElement } from './loss-of-one-element.ts';
import { findProbabilitiesAsLogits } from './probabilities-as-logits.ts';
import { findRowsNotOneHot } from './softmax-rows-not-one-hot.ts';
import { findSoftmaxUnderSigmoid } from './softmax-under-sigmoid.ts';
import type { SummedLoss } from './summed-loss.ts';
import type { Warning } from './warning.ts';

/**
 * What is valid in a batch and most likely a mistake. It is decided from the sums of the batch and from samples at fixed places, so
 * that it takes no pass over the batch and does not depend on threads. No number of the response depends on it.
 *
 * @param summed of its one evaluation; undefined if it has several
 */
export function findWarnings(batch: Batch, summed: SummedLoss | undefined): Warning[] {
  if (!batch.warnings || batch.counts.elements === 0) return [];
  const ignored = findEverythingIgnored(batch);
  if (ignored) return [ignored];
  const sample = readSample(batch);
  const found = [
    sample && findProbabilitiesAsLogits(batch, sample),
    sample && findSoftmaxUnderSigmoid(batch, sample, summed?.sums),
    findRowsNotOneHot(batch, sample),
    findClassNeverLabelled(batch, summed?.sums),
    summed && findLossOfOneElement(batch, summed, sample),
  ];
  return found.filter((warning) => warning !== undefined);
}

/** The client may have shortened a file of shared memory since the engine read it: the results stay right. */
function readSample(batch: Batch): BatchSample | undefined {
  try {
    return sampleBatch(batch);
  } catch (error) {
    if (error instanceof ServiceError) return undefined;
    throw error;
  }
}
