import { once } from 'node:events';
import { createWriteStream } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { startProcess } from '../../test/harness/start-process.ts';
import type { Step } from './step.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));

/** What CI runs on an emulated GPU, by the names of their logs. */
export const CONFORMANCE_TESTS = {
  'backend.log': 'test/engine/backends/webgpu/webgpu-backend.test.ts',
  'conformance.log': 'test/engine/conformance.test.ts',
} as const;

/** The tests that every backend has to pass, and those of `webgpu` itself. */
export const conformanceStep: Step = {
  name: 'conformance',
  title: 'Conformance tests',
  async run({ folder }) {
    const runs: TestRun[] = [];
    for (const [log, path] of Object.entries(CONFORMANCE_TESTS)) runs.push(await runTests(path, join(folder, log)));
    const verdict = runs.map(({ output }) => output.match(/conformance: (.*)/)?.[1]).find(Boolean) ?? 'no result';
    const counts = runs.map(({ path, passes, failures, skipped }) => ({ path, passes, failures, skipped }));
    const lines = counts.map(
      ({ path, passes, failures, skipped }) => `- ${path}: ${passes} passed, ${failures} failed, ${skipped} skipped`,
    );
    return {
      // Tests of a backend that is unavailable are skipped, and succeed.
      passed: runs.every(({ code }) => code === 0) && verdict.startsWith('webgpu ran on'),
      text: `${verdict}.\n\n${lines.join('\n')}`,
      figures: { verdict, counts },
    };
  },
};

interface TestRun {
  readonly path: string;
  readonly code: number | null;
  readonly output: string;
  readonly passes: number;
  readonly failures: number;
  readonly skipped: number;
}

/** Without `--test`: that would start its processes by the path that the kernel knows, which `run` cannot use. */
async function runTests(path: string, log: string): Promise<TestRun> {
  const child = startProcess(
    process.execPath,
    ['--import', join(ROOT, 'scripts/typescript.mjs'), '--test-reporter=tap', join(ROOT, path)],
    { env: { BACKENDS: 'webgpu' } },
  );
  const file = createWriteStream(log);
  child.stdout!.pipe(file);
  child.stderr!.pipe(process.stderr);
  const written = once(file, 'close');
  const [code] = (await once(child, 'close')) as [number | null];
  await written;
  const output = await readFile(log, 'utf8');
  const count = (what: string) => Number(output.match(new RegExp(`^# ${what} (\\d+)`, 'm'))?.[1] ?? 0);
  return { path, code, output, passes: count('pass'), failures: count('fail'), skipped: count('skipped') };
}
