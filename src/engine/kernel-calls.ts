import type { Batch } from '../loss/batch.ts';
import type { HyperParameters } from '../loss/hyper-parameters.ts';
import type { Backend } from './backends/backend.ts';
import type { SweepLabels } from './kernel.ts';

/** The evaluations of one kernel call. */
export interface KernelCall {
  /** Indices of their hyperparameters. */
  readonly evaluations: readonly number[];
  /** The sweep kernel that serves them; otherwise there is one evaluation. */
  readonly sweep?: SweepLabels;
}

/** Enough passes that what they share takes a small part of the time, and few enough that a call is cancelled soon. */
const MAX_PASSES = 16;
/** The sums of more evaluations take much memory. */
const MAX_EVALUATIONS = 64;
/** Likewise: evaluations times classes, but for 16 evaluations. */
const MAX_CLASS_EVALUATIONS = 2 ** 14;

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
  const swept: { readonly [labels in SweepLabels]: number[] } = { hard: [], soft: [] };
  const alone: number[] = [];
  for (const [i, each] of hyperParameters.entries()) {
    const labels = backend.sweepLabels?.(batch, each, hardLabels);
    (labels ? swept[labels] : alone).push(i);
  }
  return [
    ...alone.map((i): KernelCall => ({ evaluations: [i] })),
    ...(['hard', 'soft'] as const).flatMap((sweep) =>
      groupsOf(swept[sweep], batch, hyperParameters).map((evaluations): KernelCall => ({ evaluations, sweep })),
    ),
  ];
}

/** The evaluations of each call. Under sigmoid, those with the same γ share a pass. */
function groupsOf(
  evaluations: readonly number[],
  { activation, layout: { classes } }: Batch,
  hyperParameters: readonly HyperParameters[],
): number[][] {
  const maxEvaluations = Math.max(MAX_PASSES, Math.min(MAX_EVALUATIONS, Math.floor(MAX_CLASS_EVALUATIONS / classes)));
  const groups: number[][] = [];
  let passes = new Set<number>();
  for (const i of evaluations) {
    const pass = activation === 'sigmoid' ? hyperParameters[i]!.gamma.positive[0]! : i;
    const group = groups.at(-1);
    if (group && group.length < maxEvaluations && (passes.has(pass) || passes.size < MAX_PASSES)) group.push(i);
    else {
      groups.push([i]);
      passes = new Set();
    }
    passes.add(pass);
  }
  return groups;
}
