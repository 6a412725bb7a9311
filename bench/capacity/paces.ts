import { readFileSync } from 'node:fs';
import type { Table } from '../../test/harness/table.ts';
import { perSecond } from '../timing-table.ts';
import type { ReplicaPace } from './model.ts';
import type { OneReplica } from './one-replica.ts';

const RESULTS = new URL('../RESULTS.md', import.meta.url);
const FIRST_COLUMNS = ['batch', 'engine', 'alone', 'most'] as const;

/** What one replica does with each kind of batch, for people; `readPaces` reads it back. */
export function paceTable(replicas: readonly OneReplica[]): Table {
  return {
    columns: [...FIRST_COLUMNS, 'at once', 'processor', 'callers', 'queue depth', 'in flight', 'memory'],
    rows: replicas.map((each) => [
      each.kind,
      each.engine,
      `${each.aloneMs.toPrecision(3)} ms`,
      `${perSecond(each.mostPerSecond)} /s`,
      ((each.aloneMs * each.mostPerSecond) / 1000).toFixed(2),
      `${each.processorMs.toPrecision(3)} ms`,
      String(each.callers),
      each.queueDepth.toFixed(1),
      each.inFlight.toFixed(1),
      `${Math.round(each.peakBytes / 2 ** 20)} MiB`,
    ]),
  };
}

/** The table as it stands in the results, if it was measured. */
export function writtenPaceTable(): string | undefined {
  const lines = readFileSync(RESULTS, 'utf8').split('\n');
  const start = lines.findIndex((line) => cellsOf(line).slice(0, FIRST_COLUMNS.length).join() === FIRST_COLUMNS.join());
  if (start < 0) return undefined;
  const rest = lines.slice(start);
  return rest.slice(0, rest.indexOf('')).join('\n');
}

/** By the kind of batch. */
export function readPaces(): Map<string, ReplicaPace> {
  const [, , ...rows] = writtenPaceTable()?.split('\n') ?? [];
  return new Map(
    rows.map(cellsOf).map(([kind, , alone, most]) => {
      return [kind!, { aloneMs: Number.parseFloat(alone!), mostPerSecond: Number.parseFloat(most!) }];
    }),
  );
}

function cellsOf(line: string): string[] {
  return line
    .split('|')
    .slice(1, -1)
    .map((cell) => cell.trim());
}
