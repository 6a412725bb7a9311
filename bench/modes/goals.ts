import type { Target } from '../harness/report.ts';
import { COMPILED, EAGER, ENGINE, FASTAPI, type MeasuredMode, WHOLE } from './measure-mode.ts';

/** What each row has to reach. */
export interface Goal {
  readonly what: string;
  /** The column of its ratios. */
  readonly column: string;
  readonly limit: number;
  readonly sense: '≥' | '≤';
  /** Undefined where the row was not measured, or the goal does not hold for it. */
  ratioOf(row: MeasuredMode): number | undefined;
}

/** Where torch needs less than this in process, no request can compete with it. */
const LONG_MS = 10;

export const GOALS: readonly Goal[] = [
  {
    what: 'the engine is as fast as torch eager',
    column: 'eager ÷ engine',
    limit: 1,
    sense: '≥',
    ratioOf: ({ times }) => times.ratio(EAGER, ENGINE),
  },
  {
    what: 'the engine is 0.7 × as fast as `torch.compile`',
    column: 'compile ÷ engine',
    limit: 0.7,
    sense: '≥',
    ratioOf: ({ times }) => times.ratio(COMPILED, ENGINE),
  },
  {
    what: `a whole request is as fast as torch eager in process, where that takes over ${LONG_MS} ms`,
    column: 'eager ÷ request',
    limit: 1,
    sense: '≥',
    ratioOf: ({ times }) => (times.median(EAGER) > LONG_MS ? times.ratio(EAGER, WHOLE) : undefined),
  },
  {
    what: 'a whole request is 1.5 × as fast as FastAPI with torch',
    column: 'FastAPI ÷ request',
    limit: 1.5,
    sense: '≥',
    ratioOf: ({ times }) => times.ratio(FASTAPI, WHOLE),
  },
  {
    what: 'what a request takes beyond the engine is at most 1.5 × an echo',
    column: '(request − engine) ÷ echo',
    limit: 1.5,
    sense: '≤',
    ratioOf: ({ beyondEngine }) => beyondEngine,
  },
];

/** Undefined where the goal does not hold for the row. */
export function isMet({ ratioOf, limit, sense }: Goal, row: MeasuredMode): boolean | undefined {
  const ratio = ratioOf(row);
  if (ratio === undefined) return undefined;
  return sense === '≥' ? ratio >= limit : ratio <= limit;
}

/** How many of the rows that the goal holds for reach it. */
export function goalTarget(goal: Goal, rows: readonly MeasuredMode[]): Target {
  const met = rows.map((row) => isMet(goal, row)).filter((each) => each !== undefined);
  const reached = met.filter(Boolean).length;
  return {
    what: goal.what,
    target: 'every row',
    measured: met.length === 0 ? undefined : `${reached} of ${met.length}`,
    met: reached === met.length,
  };
}

/** In how many rows the engine is as fast as compiled code. */
export const LEAST_AHEAD = 5;

export function aheadTarget(rows: readonly MeasuredMode[]): Target {
  const ratios = rows.map(({ times }) => times.ratio(COMPILED, ENGINE)).filter((ratio) => ratio !== undefined);
  const ahead = ratios.filter((ratio) => ratio >= 1).length;
  return {
    what: 'the engine is as fast as `torch.compile`',
    target: `${LEAST_AHEAD} rows`,
    measured: ratios.length === 0 ? undefined : `${ahead} of ${ratios.length}`,
    met: ahead >= LEAST_AHEAD,
  };
}
