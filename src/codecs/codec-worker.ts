import { ArenaAllocator } from '../core/allocator.ts';
import { workerTask } from '../core/worker-result.ts';
import type { Totals } from '../loss/evaluation.ts';
import { type Plan, type RequestFormat, readAs, writeAs } from './codec.ts';
import type { ResponseFacts } from './response-plan.ts';

// The tasks of the codec threads, which `CodecPool` runs.

export interface ReadTask {
  readonly request: RequestFormat;
  readonly body: Uint8Array;
  /** For the batch's tensors. */
  readonly arena: Uint8Array;
}

export interface WriteTask {
  readonly plan: Plan;
  readonly totals: Totals;
  readonly facts: ResponseFacts;
}

export const read = workerTask(({ request, body, arena }: ReadTask) =>
  readAs(request, body, new ArenaAllocator(arena)),
);

export const write = workerTask(({ plan, totals, facts }: WriteTask) => writeAs(plan, totals, facts));
