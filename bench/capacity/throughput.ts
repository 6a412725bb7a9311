import { readFileSync } from 'node:fs';
import type { Table } from '../../test/harness/table.ts';
import { perSecond } from '../harness/timing-table.ts';
import type { ReplicaThroughput } from './model.ts';
import type { OneReplica } from './one-replica.ts';

const RESULTS = new URL('../RESULTS.md', import.meta.url);
const FIRST_COLUMNS = ['batch', 'engine', 'alone', 'most'] as const;

/** What one replica does with each workload, for people; `readThroughput` reads it back. */
export function throughputTable(replicas: readonly OneReplica[]): Table {
  return {
    columns: [...FIRST_COLUMNS, 'at once', 'processor', 'callers', 'queue depth', 'in flight', 'HTTP thread', 'memory'],
    rows: replicas.map((each) => [
      each.workload,
      each.engine,
      `${each.aloneMs.toPrecision(3)} ms`,
      `${perSecond(each.maxPerSecond)} /s`,
      ((each.aloneMs * each.maxPerSecond) / 1000).toFixed(2),
      `${each.processorMs.toPrecision(3)} ms`,
      String(each.callers),
      each.queueDepth.toFixed(1),
      each.inFlight.toFixed(1),
      `${Math.round(100 * each.httpThreadBusy)} %`,
      `${Math.round(each.peakBytes / 2 ** 20)} MiB`,
    ]),
  };
}

/** The table as it stands in the results, if it was measured. */
export function recordedThroughputTable(): string | undefined {
  const lines = readFileSync(RESULTS, 'utf8').split('\n');
  const start = lines.findIndex((line) => cellsOf(line).slice(0, FIRST_COLUMNS.length).join() === FIRST_COLUMNS.join());
  if (start < 0) return undefined;
  const rest = lines.slice(start);
  return rest.slice(0, rest.indexOf('')).join('\n');
}

/** By the name of the workload. */
export function readThroughput(): Map<string, ReplicaThroughput> {
  const [, , ...rows] = recordedThroughputTable()?.split('\n') ?? [];
  return new Map(
    rows.map(cellsOf).map(([workload, , alone, most]) => {
      return [workload!, { aloneMs: Number.parseFloat(alone!), maxPerSecond: Number.parseFloat(most!) }];
    }),
  );
}

function cellsOf(line: string): string[] {
  return line
    .split('|')
    .slice(1, -1)
    .map((cell) => cell.trim());
}
