import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { availableParallelism } from 'node:os';
import type { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { renderTable } from '../test/harness/table.ts';

// Runs steps side by side, as many as there are cores for. Each line of standard input is a step: the number of cores it
// needs (0 if it mostly waits for the network), its name, and a shell command. A step starts as soon as its cores are
// free, in the order of the lines, and its output is printed when it ends. The first step that fails stops all others.
// The end is a table of the steps, with the processor time of all that they started and waited for, and, if the last line runs
// Node's test runner, its totals in the format of TAP.

interface Step {
  readonly cores: number;
  readonly name: string;
  readonly command: string;
}

const STEP = /^(?<cores>\d) +(?<name>\S+) +(?<command>.+)$/;
const TOTALS = /^(?:[#ℹ] (?:tests|suites|pass|fail|cancelled|skipped|todo|duration_ms) [\d.]+\n)+/gm;
const KILL_AFTER_MS = 10_000;
/** What `times` of a shell prints: user and system time of itself, then those of its children. */
const TIMES = /(?<minutes>\d+)m(?<seconds>[\d.]+)s/g;

const cores = availableParallelism();
const start = performance.now();
const waiting = parseSteps(await text(process.stdin));
const last = waiting.at(-1);
const running = new Map<ChildProcess, { readonly cores: number; readonly ended: Promise<void> }>();
const rows: string[][] = [];
let failure: string | undefined;
let totals = '';

for (const signal of ['SIGHUP', 'SIGINT', 'SIGTERM'] as const) process.once(signal, () => fail(signal));

do {
  if (failure === undefined) startSteps();
  await Promise.race([...running.values()].map(({ ended }) => ended));
} while (running.size > 0 || (failure === undefined && waiting.length > 0));

for (const { name } of waiting) rows.push([name, '', '', 'not started']);
const processor = rows.reduce((sum, [, , seconds]) => sum + Number(seconds), 0);
rows.push(['all steps', secondsSince(start), processor.toFixed(0), failure ?? 'passed']);
const table = renderTable({ columns: ['step', 'seconds', 'processor s', 'result'], rows });
process.stdout.write(`\n${table}\n${totals && `\n${totals}`}`);
process.exitCode = failure === undefined ? 0 : 1;

function parseSteps(lines: string): Step[] {
  const steps = lines.split('\n').filter((line) => line.trim() !== '' && !line.startsWith('#'));
  return steps.map((line) => {
    const { cores: needed, name, command } = STEP.exec(line)?.groups ?? {};
    if (!name || !command) throw new Error(`expected CORES NAME COMMAND, got ${line}`);
    return { cores: Math.min(Number(needed), cores), name, command };
  });
}

function startSteps(): void {
  let free = [...running.values()].reduce((rest, each) => rest - each.cores, cores);
  for (const step of [...waiting]) {
    if (step.cores > free) continue;
    free -= step.cores;
    waiting.splice(waiting.indexOf(step), 1);
    // A process group of its own, so that everything the step starts can be stopped with it.
    const child = spawn('bash', ['-c', `exec 2>&1; trap 'times >&3' EXIT; { ${step.command}\n} 3>&-`], {
      stdio: ['ignore', 'pipe', 'inherit', 'pipe'],
      detached: true,
    });
    running.set(child, { cores: step.cores, ended: finish(step, child) });
    process.stdout.write(`${step.name} …\n`);
  }
}

async function finish(step: Step, child: ChildProcess): Promise<void> {
  const { name } = step;
  const began = performance.now();
  child.once('exit', () => signalGroup(child, 'SIGKILL')); // What the step left behind.
  const [output, times, [code, signal]] = await Promise.all([
    text(child.stdout!),
    text(child.stdio[3] as Readable),
    once(child, 'exit'),
  ]);
  running.delete(child);
  const stopped = failure !== undefined;
  const result = stopped ? 'stopped' : code === 0 ? 'passed' : 'FAILED';
  rows.push([name, secondsSince(began), sumOfTimes(times), result]);
  if (stopped) return;
  process.stdout.write(`\n=== ${name}: ${result} after ${secondsSince(began)} s\n${output}`);
  if (step === last) totals = (output.match(TOTALS)?.at(-1) ?? '').replaceAll('ℹ', '#');
  if (code !== 0) fail(`${name} ended with ${signal ?? code}`);
}

function fail(reason: string): void {
  failure ??= reason;
  for (const child of running.keys()) {
    signalGroup(child, 'SIGTERM');
    setTimeout(() => signalGroup(child, 'SIGKILL'), KILL_AFTER_MS).unref();
  }
}

function signalGroup({ pid }: ChildProcess, signal: NodeJS.Signals): void {
  try {
    process.kill(-pid!, signal);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}

function sumOfTimes(times: string): string {
  const parts = [...times.matchAll(TIMES)].map(({ groups }) => 60 * Number(groups!.minutes) + Number(groups!.seconds));
  return parts.reduce((sum, part) => sum + part, 0).toFixed(0);
}

function secondsSince(from: number): string {
  return ((performance.now() - from) / 1000).toFixed(0);
}
