import { spawnSync } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { machine } from '../../test/harness/machine.ts';
import { conformanceStep } from './conformance-step.ts';
import { type Facts, type FinishedStep, writeReport } from './report.ts';
import { serviceStep } from './service-step.ts';
import type { Outcome, Setup, Step } from './step.ts';
import { findVulkanDriver } from './vulkan-driver.ts';

// What the kit's `run` does on the machine with the GPU. The report is written anew after every step, so that what came out is
// there even if time runs out.

const NAMES = ['service', 'speed', 'conformance'];

const USAGE = `Usage: run FOLDER [STEP …] [--trial]

Checks the webgpu backend on this machine's GPU, measures it, and writes report.md, report.json and logs to FOLDER. The
steps, in this order, all by default: ${NAMES.join(', ')}.

COMPETITORS_PYTHON names a Python with torch; by default one with CUDA is looked for. Without one, only webgpu is measured.
--trial uses a driver that computes on the CPU, such as SwiftShader, and small batches: to see that the kit runs.
`;

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { trial: { type: 'boolean', default: false }, help: { type: 'boolean' } },
});
const [folder, ...named] = positionals;
const unknown = named.filter((name) => !NAMES.includes(name));
if (values.help) {
  process.stdout.write(USAGE);
} else if (folder === undefined || unknown.length > 0) {
  process.stderr.write(unknown.length > 0 ? `expected any of ${NAMES.join(', ')}, got ${unknown.join(', ')}\n` : USAGE);
  process.exitCode = 2;
} else {
  mkdirSync(folder, { recursive: true });
  process.exitCode = (await runSteps({ folder: resolve(folder), trial: values.trial }, named)) ? 0 : 1;
}

async function runSteps(setup: Setup, named: readonly string[]): Promise<boolean> {
  if (setup.trial) process.env.BENCH_TOY = '1'; // Before the benchmark is loaded, which reads it.
  const { speedStep } = await import('./speed-step.ts');
  const facts = describeMachine(setup.trial);
  const finished: FinishedStep[] = [];
  writeReport(setup.folder, facts, finished);
  for (const step of [serviceStep, speedStep, conformanceStep]) {
    if (named.length > 0 && !named.includes(step.name)) continue;
    process.stderr.write(`${step.name} …\n`);
    const start = performance.now();
    const outcome = await attempt(step, setup);
    finished.push({ ...outcome, step, seconds: (performance.now() - start) / 1000 });
    process.stdout.write(`\n## ${step.title}\n\n${outcome.text}\n\n`);
    writeReport(setup.folder, facts, finished);
  }
  return finished.every(({ passed }) => passed);
}

async function attempt(step: Step, setup: Setup): Promise<Outcome> {
  try {
    return await step.run(setup);
  } catch (error) {
    const message = error instanceof Error ? (error.stack ?? error.message) : String(error);
    return { passed: false, text: `Failed: ${message}`, figures: { error: message } };
  }
}

/** Finds the driver as well, and has the environment of the steps name it. */
function describeMachine(trial: boolean): Facts {
  const attempts = findVulkanDriver(new URL('drivers/', import.meta.url), trial);
  const driver = attempts.at(-1)!;
  if (driver.passed) Object.assign(process.env, driver.env);
  const query = ['--query-gpu=name,driver_version,memory.total,clocks.max.memory', '--format=csv,noheader'];
  return {
    at: new Date().toISOString(),
    machine: machine(),
    'NVIDIA GPUs (name, driver, memory, memory clock)': firstOutput('nvidia-smi', query) ?? 'nvidia-smi is not here',
    ...Object.fromEntries(attempts.map(({ driver: name, output }) => [`Vulkan driver ${name}`, output])),
    Node: process.versions.node,
    'C and C++ libraries': process.env.GPU_KIT_LIBRARIES ?? "this machine's",
    'Python with torch': process.env.COMPETITORS_PYTHON ?? 'none with CUDA was found',
  };
}

function firstOutput(command: string, args: readonly string[]): string | undefined {
  const { status, stdout } = spawnSync(command, args, { encoding: 'utf8' });
  return status === 0 ? stdout.trim() : undefined;
}
