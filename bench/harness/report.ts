import { machine } from '../../test/harness/machine.ts';
import { renderTable, type Table } from '../../test/harness/table.ts';

/** One claim of the service, held against what was measured. */
export interface Target {
  readonly what: string;
  /** As the promise has it: `< 1.5 ×`. */
  readonly target: string;
  /** Undefined where it was not measured. */
  readonly measured: string | undefined;
  readonly met: boolean;
}

/** What a benchmark found. */
export interface Section {
  readonly targets: readonly Target[];
  readonly tables: readonly Table[];
  /** How it was measured, and what was left out; Markdown paragraphs. */
  readonly notes: readonly string[];
  readonly versions: Readonly<Record<string, string>>;
  /** Further files that show the results. */
  readonly files?: readonly { readonly url: URL; readonly content: string }[];
  /** Whether only some rows were measured: then nothing is written. */
  readonly isPartial?: boolean;
}

export interface Benchmark {
  readonly name: string;
  readonly title: string;
  /** Why this machine can't run it; undefined where it can. */
  unavailable?(): string | undefined;
  run(): Promise<Section>;
  /** Updates what is generated from RESULTS.md, after that has been written. */
  updatePages?(): void;
}

/** A section as Markdown, with the machine and the time it was measured at. */
export function renderSection({ title }: Benchmark, { targets, tables, notes, versions }: Section): string {
  const on = Object.entries(versions).map(([what, version]) => `${what} ${version}`);
  const at = new Date().toISOString().slice(0, 16).replace('T', ' ');
  return [
    `## ${title}`,
    [`${at} UTC`, machine(), `Node ${process.versions.node}`, ...(on.length > 0 ? [on.join(', ')] : [])].join(' · '),
    ...(targets.length === 0 ? [] : [renderTable(targetTable(targets))]),
    renderTables({ tables, notes }),
  ].join('\n\n');
}

/** The tables and notes of a section as Markdown. */
export function renderTables({ tables, notes }: Pick<Section, 'tables' | 'notes'>): string {
  return [...tables.flatMap((table) => [...(table.caption ? [table.caption] : []), renderTable(table)]), ...notes].join(
    '\n\n',
  );
}

function targetTable(targets: readonly Target[]): Table {
  return {
    columns: ['promise', 'target', 'measured', 'met'],
    rows: targets.map(({ what, target, measured, met }) => [
      what,
      target,
      measured ?? 'not measured',
      measured === undefined ? '–' : met ? 'yes' : '**no**',
    ]),
  };
}

/** A target that is a ratio: `limit` times, in the sense given. */
export function ratioTarget(
  what: string,
  ratio: number | undefined,
  limit: number,
  sense: '<' | '≤' | '≥' = '≤',
): Target {
  const met = ratio !== undefined && (sense === '≥' ? ratio >= limit : sense === '<' ? ratio < limit : ratio <= limit);
  return {
    what,
    target: `${sense} ${limit} ×`,
    measured: ratio === undefined ? undefined : `${ratio.toPrecision(3)} ×`,
    met,
  };
}
