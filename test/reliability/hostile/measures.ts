import type { Table } from '../../harness/table.ts';
import { LIVE_MAX_MS, LIVE_P99_MS } from '../observer.ts';
import { amount, atMost, type Check, mebibytes } from '../scenario.ts';
import type { Attacked } from './attack-service.ts';
import { MAX_PROBLEM_BYTES } from './tally.ts';

export const BUDGET_BYTES = 512 * 2 ** 20;
/** The process itself, its code and threads, and what is released and not collected yet. */
export const BEYOND_BUDGET_BYTES = 300 * 2 ** 20;
/** What the shapes of a kind may take more if they are sent together. It is there to notice gigabytes in the short form. */
const TOGETHER_BYTES = 2 ** 30;
const HONEST_P99_MS = 2000;

interface Measure {
  readonly name: string;
  readonly limit: number;
  readonly unit: string;
  readonly of: (attacked: Attacked) => number;
}

const MEMORY: Measure = {
  name: 'resident memory',
  limit: mebibytes(BUDGET_BYTES + BEYOND_BUDGET_BYTES),
  unit: 'MiB',
  of: ({ peakBytes }) => mebibytes(peakBytes),
};
const LIVE_P99: Measure = {
  name: '/health/live, p99',
  limit: LIVE_P99_MS,
  unit: 'ms',
  of: ({ observed }) => observed.live.quantile(0.99),
};
const LIVE_MAX: Measure = {
  name: '/health/live, longest',
  limit: LIVE_MAX_MS,
  unit: 'ms',
  of: ({ observed }) => observed.live.max,
};
const HONEST_P99: Measure = {
  name: 'small batches of another client, p99',
  limit: HONEST_P99_MS,
  unit: 'ms',
  of: ({ observed }) => observed.honest.quantile(0.99),
};
const INTERNAL: Measure = {
  name: 'kinds of internal failures',
  limit: 0,
  unit: '',
  of: ({ internal }) => internal.length,
};

const MEASURES: readonly Measure[] = [
  { name: 'kinds of responses not as documented', limit: 0, unit: '', of: (attacked) => issuesOf(attacked).length },
  {
    name: 'problem document',
    limit: MAX_PROBLEM_BYTES,
    unit: 'bytes',
    of: ({ tallies }) => Math.max(...tallies.map(({ problemBytes }) => problemBytes)),
  },
  MEMORY,
  LIVE_P99,
  LIVE_MAX,
  { name: '/health/live without status 200', limit: 0, unit: '', of: ({ observed }) => observed.liveFailures },
  HONEST_P99,
  { name: 'small batches with a wrong response', limit: 0, unit: '', of: ({ observed }) => observed.honestFailures },
  INTERNAL,
];

/** The check of each measure, by the attack for which it is worst. @param together whether shapes were sent together */
export function checksOf(all: readonly Attacked[], together: boolean): Check[] {
  return MEASURES.map((measure) => {
    const { name, unit, of } = measure;
    const limit = measure.limit + (measure === MEMORY && together ? mebibytes(TOGETHER_BYTES) : 0);
    const worst = all.reduce((worst, attacked) => (of(attacked) <= of(worst) ? worst : attacked));
    const check = atMost(`${name}, at most`, of(worst), limit, unit);
    return check.met ? check : { ...check, measured: `${check.measured} (${worst.name})` };
  });
}

/** Whether the next attack could be blamed for what this one did. */
export function leavesTraces(attacked: Attacked): boolean {
  return [MEMORY, LIVE_MAX, HONEST_P99, INTERNAL].some((measure) => !isMet(measure, attacked));
}

export function tableOf(all: readonly Attacked[]): Table {
  const cell = (measure: Measure, attacked: Attacked) => {
    const text = amount(measure.of(attacked), measure.unit);
    return isMet(measure, attacked) ? text : `**${text}**`;
  };
  return {
    columns: ['shape', 'responses', 'peak memory', 'live p99', 'longest', 'small batches p99'],
    rows: all.map((attacked) => [
      attacked.name,
      outcomesOf(attacked),
      ...[MEMORY, LIVE_P99, LIVE_MAX, HONEST_P99].map((measure) => cell(measure, attacked)),
    ]),
  };
}

/** What an attack did that it should not; empty if there is nothing. */
export function describeMissed(attacked: Attacked): string {
  const missed = MEASURES.filter((measure) => !isMet(measure, attacked));
  if (missed.length === 0) return '';
  const measured = missed.map(({ name, unit, of }) => `${name}: ${amount(of(attacked), unit)}`);
  const details = [...issuesOf(attacked), ...attacked.internal].map((detail) => `  ${detail.slice(0, 400)}\n`);
  return `${attacked.name} (${outcomesOf(attacked)}): ${measured.join(', ')}\n${details.join('')}`;
}

function isMet({ of, limit }: Measure, attacked: Attacked): boolean {
  return of(attacked) <= limit;
}

function issuesOf({ tallies }: Attacked): string[] {
  return tallies.flatMap(({ issues }) => issues);
}

function outcomesOf({ tallies }: Attacked): string {
  const counts = new Map<string, number>();
  for (const [outcome, times] of tallies.flatMap(({ outcomes }) => [...outcomes])) {
    counts.set(outcome, (counts.get(outcome) ?? 0) + times);
  }
  const sorted = [...counts].sort(([a], [b]) => a.localeCompare(b));
  return sorted.map(([outcome, times]) => `${times} × ${outcome}`).join(', ');
}
