import { parseArgs } from 'node:util';
import { renderTable } from '../harness/table.ts';
import { amplification } from './amplification.ts';
import { clockJumps } from './clock-jumps.ts';
import { descriptors } from './descriptors.ts';
import { disconnects } from './disconnects.ts';
import { fairness } from './fairness.ts';
import { fuzz } from './fuzz.ts';
import { gzipBombs } from './gzip-bombs.ts';
import { load } from './load.ts';
import { logSinks } from './log-sinks.ts';
import { lostThreads } from './lost-threads.ts';
import { overload } from './overload.ts';
import { probes } from './probes.ts';
import { writeReport } from './report-file.ts';
import type { Outcome, Scenario } from './scenario.ts';
import { sigterm } from './sigterm.ts';
import { slowClients } from './slow-clients.ts';
import { soak } from './soak.ts';

// npm run test:reliability [-- --short] [--write] [NAME …]: runs the scenarios one after another, prints a line for each,
// and with --write updates bench/RELIABILITY.md. --short is for CI, whose machines may be busy: a scenario that only misses
// targets of time is reported as slow, and does not fail.

const SCENARIOS: readonly Scenario[] = [
  load,
  overload,
  probes,
  lostThreads,
  sigterm,
  disconnects,
  slowClients,
  gzipBombs,
  amplification,
  fairness,
  logSinks,
  clockJumps,
  descriptors,
  fuzz,
  soak,
];
const names = SCENARIOS.map(({ name }) => name);

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { short: { type: 'boolean', default: false }, write: { type: 'boolean', default: false } },
});
const unknown = positionals.filter((name) => !names.includes(name));

if (unknown.length > 0) {
  process.stderr.write(`expected any of ${names.join(', ')}, got ${unknown.join(', ')}\n`);
  process.exitCode = 2;
} else {
  for (const scenario of SCENARIOS) {
    if (positionals.length > 0 && !positionals.includes(scenario.name)) continue;
    const start = performance.now();
    const outcome = await scenario.run(values.short).catch(asFailure);
    const seconds = (performance.now() - start) / 1000;
    const verdict = verdictOn(outcome, values.short);
    process.stdout.write(lineOf(scenario, verdict, outcome, seconds));
    if (outcome.table) process.stdout.write(`${renderTable(outcome.table)}\n`);
    if (verdict === 'FAIL') process.exitCode = 1;
    if (values.write) await writeReport(scenario, outcome, { seconds, short: values.short, names });
  }
  process.exit(); // This also ends a service that could not be stopped.
}

/** A scenario that throws has failed. */
function asFailure(error: unknown): Outcome {
  const measured = error instanceof Error ? error.message : String(error);
  process.stderr.write(`${error instanceof Error ? error.stack : error}\n`);
  return { checks: [{ name: 'the scenario', target: 'runs', measured, met: false }], notes: [] };
}

type Verdict = 'pass' | 'slow' | 'FAIL';

function verdictOn({ checks }: Outcome, short: boolean): Verdict {
  const missed = checks.filter(({ met }) => !met);
  if (missed.length === 0) return 'pass';
  return short && missed.every(({ timed }) => timed) ? 'slow' : 'FAIL';
}

function lineOf({ name }: Scenario, verdict: Verdict, { checks, figures = {} }: Outcome, seconds: number): string {
  const parts = [
    ...checks.map(({ name, target, measured, met }) => `${met ? '' : 'NOT '}${name} ${measured} (${target})`),
    ...Object.entries(figures).map(([name, value]) => `${name} ${value}`),
  ];
  return `${verdict} ${name} in ${seconds.toFixed(1)} s: ${parts.join('; ')}\n`;
}
