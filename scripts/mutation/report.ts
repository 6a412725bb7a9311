import { renderTable } from '../../test/harness/table.ts';
import type { Verdict } from './mutant.ts';

/** The table of scores by folder, and the mutants that no test noticed. */
export function renderReport(verdicts: readonly Verdict[], total: number): string {
  const valid = verdicts.filter(({ outcome }) => outcome !== 'invalid');
  const survivors = valid.filter(({ outcome }) => outcome === 'survived');
  const folders = [...new Set(valid.map(folderOf))].sort();
  const row = (name: string, own: readonly Verdict[]): string[] => [
    name,
    String(own.length),
    String(own.filter(({ outcome }) => outcome === 'survived').length),
    formatScore(own),
  ];
  const rows = folders.map((folder) =>
    row(
      folder,
      valid.filter((verdict) => folderOf(verdict) === folder),
    ),
  );
  const table = renderTable({
    columns: ['folder', 'mutants', 'survived', 'noticed'],
    rows: [...rows, row('all', valid)],
  });
  const skipped = total - verdicts.length;
  const lines = survivors.map(describeVerdict);
  return [
    ...(lines.length > 0 ? ['Survivors:', ...lines, ''] : []),
    table,
    ...(skipped > 0 ? [`${skipped} of ${total} mutants were not tried: the time was up.`] : []),
  ].join('\n');
}

export function describeVerdict({ mutant, original, outcome, by }: Verdict): string {
  const { file, line, column, operator, replacement } = mutant;
  const change = `${original} → ${replacement.replaceAll(/\s+/g, ' ').trim() || '(nothing)'}`;
  return `${outcome} ${file}:${line}:${column} ${operator}: ${change}${by ? ` (${by})` : ''}`;
}

/** The part of mutants that a test noticed. */
function formatScore(verdicts: readonly Verdict[]): string {
  if (verdicts.length === 0) return '–';
  const noticed = verdicts.filter(({ outcome }) => outcome !== 'survived').length;
  return `${((100 * noticed) / verdicts.length).toFixed(0)} %`;
}

function folderOf({ mutant }: Verdict): string {
  return mutant.file.split('/').slice(0, 2).join('/');
}
