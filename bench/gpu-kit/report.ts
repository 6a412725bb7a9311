import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { renderTable } from '../../test/harness/table.ts';
import type { Outcome, Step } from './step.ts';

export interface FinishedStep extends Outcome {
  readonly step: Step;
  readonly seconds: number;
}

/** Facts about the machine, from what to its value. */
export type Facts = Readonly<Record<string, string>>;

/** Writes report.md and report.json, with the steps so far. */
export function writeReport(folder: string, facts: Facts, finished: readonly FinishedStep[]): void {
  writeFileSync(join(folder, 'report.md'), renderReport(facts, finished));
  const steps = finished.map(({ step, passed, seconds, figures }) => ({
    name: step.name,
    passed,
    seconds,
    ...figures,
  }));
  writeFileSync(join(folder, 'report.json'), `${JSON.stringify({ facts, steps }, null, 2)}\n`);
}

export function renderReport(facts: Facts, finished: readonly FinishedStep[]): string {
  const overview = {
    columns: ['step', 'passed', 'seconds'],
    rows: finished.map(({ step, passed, seconds }) => [step.name, passed ? 'yes' : '**no**', seconds.toFixed(0)]),
  };
  const parts = [
    '# webgpu on this machine',
    Object.entries(facts)
      .map(([what, value]) => `- ${what}: ${value.includes('\n') ? `\n\n${indent(value)}\n` : value}`)
      .join('\n'),
    renderTable(overview),
    ...finished.map(({ step, text }) => `## ${step.title}\n\n${text}`),
  ];
  return `${parts.join('\n\n')}\n`;
}

/** As a code block of Markdown. */
function indent(text: string): string {
  return text.replace(/^/gm, '      ');
}
