import type { Timings } from '../harness/interleave.ts';
import { ratioTarget, type Target } from '../harness/report.ts';
import { CLIENT_IN_PLACE, EAGER, ENGINE, REGION, TCP, TRITON } from './measure-row.ts';

/** What is promised of a row, as a ratio of two contenders. */
interface Goal {
  readonly what: string;
  readonly over: string;
  readonly under: string;
  readonly limit: number;
  readonly sense: '≤' | '≥';
}

const GOALS: readonly Goal[] = [
  { what: 'a request in shared memory, in times of the engine', over: REGION, under: ENGINE, limit: 1.35, sense: '≤' },
  { what: 'by tritonclient, in times of the engine', over: TRITON, under: ENGINE, limit: 1.35, sense: '≤' },
  { what: 'by the Python client, likewise', over: CLIENT_IN_PLACE, under: ENGINE, limit: 1.35, sense: '≤' },
  { what: 'the same over TCP, in times of shared memory', over: TCP, under: REGION, limit: 2.5, sense: '≥' },
  { what: 'torch eager in process, likewise', over: EAGER, under: REGION, limit: 3, sense: '≥' },
];

/** The goals of one row, and how many of all rows reach each. */
export function localTargets(rows: ReadonlyMap<string, Timings>, row: string): Target[] {
  return [
    ...GOALS.map(({ what, over, under, limit, sense }) =>
      ratioTarget(`${row}: ${what}`, rows.get(row)?.ratio(over, under), limit, sense),
    ),
    ...GOALS.map((goal) => countTarget(goal, [...rows.values()])),
  ];
}

function countTarget({ what, over, under, limit, sense }: Goal, rows: readonly Timings[]): Target {
  const ratios = rows.flatMap((times) => times.ratio(over, under) ?? []);
  const reached = ratios.filter((ratio) => (sense === '≤' ? ratio <= limit : ratio >= limit)).length;
  return {
    what: `${what}, ${sense} ${limit} ×`,
    target: 'every row',
    measured: ratios.length === 0 ? undefined : `${reached} of ${ratios.length}`,
    met: reached === ratios.length,
  };
}
