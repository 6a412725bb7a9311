import { ServiceError } from '../core/service-error.ts';
import type { EvaluatedSlice, EvaluateReply } from './engine-worker.ts';

/**
 * Returns what a thread has evaluated of a slice.
 *
 * @param isCancelled whether the results of the batch are no longer needed
 * @returns undefined if it has abandoned the slice for that
 * @throws {ServiceError} `engine_unavailable` if the device has no memory left
 */
export function acceptReply(reply: EvaluateReply, isCancelled: boolean): EvaluatedSlice | undefined {
  if ('cancelled' in reply) {
    if (isCancelled) return undefined;
    throw new Error('an engine thread abandoned a batch that was not cancelled');
  }
  if ('outOfMemory' in reply) {
    const message = 'The device has no memory left for this batch; other processes may be using it';
    const cause = new Error(reply.outOfMemory);
    throw new ServiceError('engine_unavailable', message, { retryAfterSeconds: 1, cause });
  }
  return reply;
}
