import type { Batch } from '../loss/batch.ts';
import type { HyperParameters } from '../loss/hyper-parameters.ts';
import type { Backend } from './backends/backend.ts';

/** The evaluations of one kernel call. */
export interface KernelCall {
  /** Indices of their hyperparameters. */
  readonly evaluations: readonly number[];
  /** Whether it is one of the sweep kernel. */
  readonly isSweep: boolean;
}

/** Enough that what they share takes a small part of the time, and few enough that a call is cancelled soon. */
const MAX_EVALUATIONS = 16;

/**
 * Divides evaluations among kernel calls. Which kernel evaluates one does not depend on the others, so that its results are
 * the same however a sweep is cut into slices.
 */
export function planCalls(
  batch: Batch,
  hyperParameters: readonly HyperParameters[],
  hardLabels: boolean,
  backend: Backend,
): KernelCall[] {
  const swept: number[] = [];
  const alone: number[] = [];
  for (const [i, each] of hyperParameters.entries()) {
    const list = backend.servesInSweep?.(batch, each, hardLabels) ? swept : alone;
    list.push(i);
  }
  const calls: KernelCall[] = alone.map((i) => ({ evaluations: [i], isSweep: false }));
  for (let from = 0; from < swept.length; from += MAX_EVALUATIONS) {
    calls.push({ evaluations: swept.slice(from, from + MAX_EVALUATIONS), isSweep: true });
  }
  return calls;
}
