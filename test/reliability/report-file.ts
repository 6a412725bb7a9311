import { machine } from '../harness/machine.ts';
import { updateSections } from '../harness/sections.ts';
import { renderTable } from '../harness/table.ts';
import type { Outcome, Scenario } from './scenario.ts';

const FILE = new URL('../../bench/RELIABILITY.md', import.meta.url);

const HEADING = `# Reliability

\`npm run test:reliability -- --write\` writes this page. It runs the built service as one process and its clients as
another, on one machine over loopback. \`--write NAME …\` runs only the named scenarios again, so every section has its own
date. \`--short\` runs fewer requests of everything, and the section then says so.`;

interface Circumstances {
  readonly seconds: number;
  readonly short: boolean;
  /** The names of all scenarios, in the order of the page. */
  readonly names: readonly string[];
}

/** Replaces the section of a scenario in the page. */
export async function writeReport(scenario: Scenario, outcome: Outcome, circumstances: Circumstances): Promise<void> {
  await updateSections(FILE, HEADING, scenario.name, render(scenario, outcome, circumstances), circumstances.names);
}

function render(
  { title }: Scenario,
  { checks, figures = {}, table, notes }: Outcome,
  { seconds, short }: Circumstances,
): string {
  const at = new Date().toISOString().slice(0, 16).replace('T', ' ');
  const rows = checks.map(({ name, target, measured, met }) => [name, target, measured, met ? 'yes' : '**no**']);
  const form = short ? ', short form' : '';
  return [
    `## ${title}`,
    `${at} UTC · ${machine()} · Node ${process.versions.node} · ${seconds.toFixed(0)} s${form}`,
    renderTable({ columns: ['check', 'target', 'measured', 'met'], rows }),
    ...(Object.keys(figures).length === 0
      ? []
      : [renderTable({ columns: ['figure', 'measured'], rows: Object.entries(figures) })]),
    ...(table ? [renderTable(table)] : []),
    ...notes,
  ].join('\n\n');
}
