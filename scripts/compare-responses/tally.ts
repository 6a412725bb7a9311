import type { Table } from '../../test/harness/table.ts';
import type { Comparison, Verdict } from './compare.ts';

interface Counts extends Record<Verdict, number> {
  requests: number;
  successes: number;
  rewordings: number;
}

/** Differences that are printed of each group; the others are counted. */
const MAX_PRINTED = 5;

/** Counts what came of the comparisons, group by group, and prints the first differences as they come. */
export class Tally {
  readonly #groups = new Map<string, Counts>();
  /** How many answers had each status; 0 is none. */
  readonly #statuses = new Map<number, number>();
  readonly #verbose: boolean;

  constructor(verbose: boolean) {
    this.#verbose = verbose;
  }

  add(group: string, request: string, status: number, { verdict, differences }: Comparison): void {
    const counts = this.#of(group);
    counts.requests++;
    this.#statuses.set(status, (this.#statuses.get(status) ?? 0) + 1);
    counts[verdict]++;
    if (status >= 200 && status < 300) counts.successes++;
    if (verdict === 'reworded') counts.rewordings += differences.length;
    const isPrinted = verdict === 'different' ? counts.different <= MAX_PRINTED : this.#verbose;
    if (!isPrinted) return;
    for (const difference of differences) {
      process.stdout.write(`${verdict}: ${group}: ${request} (${status})\n    ${difference}\n`);
    }
  }

  get failed(): boolean {
    const all = [...this.#groups.values()];
    return all.length === 0 || all.some(({ different }) => different > 0);
  }

  get table(): Table {
    const columns = ['group', 'requests', '2xx', 'identical', 'but for timings', 'but for prose', 'texts', 'different'];
    const rows = [...this.#groups].map(([group, counts]) => [group, ...cells(counts)]);
    return { columns, rows };
  }

  get total(): string {
    const all = [...this.#groups.values()];
    const sum = (of: (counts: Counts) => number) => all.reduce((total, counts) => total + of(counts), 0);
    const statuses = [...this.#statuses].sort(([a], [b]) => a - b).map(([status, count]) => `${count} × ${status}`);
    return [
      `${sum(({ requests }) => requests)} requests to each, ${sum(({ different }) => different)} answered differently`,
      `by status: ${statuses.join(', ')}`,
    ].join('\n');
  }

  #of(group: string): Counts {
    let counts = this.#groups.get(group);
    if (!counts) {
      counts = { requests: 0, successes: 0, rewordings: 0, identical: 0, timings: 0, reworded: 0, different: 0 };
      this.#groups.set(group, counts);
    }
    return counts;
  }
}

function cells({ requests, successes, identical, timings, reworded, rewordings, different }: Counts): string[] {
  return [requests, successes, identical, timings, reworded, rewordings, different].map(String);
}
