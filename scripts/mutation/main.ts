import { execFileSync } from 'node:child_process';
import { appendFileSync, existsSync, readdirSync, statSync } from 'node:fs';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { readImporters } from '../near-tests/import-graph.ts';
import { selectTests } from '../near-tests/select-tests.ts';
import { findMutants } from './find-mutants.ts';
import type { Verdict } from './mutant.ts';
import { describeVerdict, renderReport } from './report.ts';
import { type KnownTests, MutantRunner } from './run-mutants.ts';
import { Sandbox } from './sandbox.ts';

const USAGE = `npm run test:mutation -- [FILE or FOLDER …] [options]

Changes the code in one small way after the other, and lists the changes that no test notices.

  --changed COMMIT   the files of src/ that differ from this commit
  --sample N         at most N changes of each file (always the same)
  --minutes M        stop after M minutes of tests with what was found
  --tests N          the nearest N tests of each file (10)
  --seconds S        start no further test of a change after S seconds (60)
  --concurrency N    so many at a time (2)
  --log FILE         append each result to a file, as a line of JSON`;

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const MAX_TIMEOUT_MS = 2 ** 31 - 1;
const FOLDERS = ['src/core', 'src/loss', 'src/codecs', 'src/http'];

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    changed: { type: 'string' },
    sample: { type: 'string', default: 'Infinity' },
    minutes: { type: 'string', default: 'Infinity' },
    tests: { type: 'string', default: '10' },
    seconds: { type: 'string', default: '60' },
    concurrency: { type: 'string', default: '2' },
    log: { type: 'string' },
    help: { type: 'boolean', default: false },
  },
});
if (values.help) print(USAGE);
else await main();

async function main(): Promise<void> {
  const all = values.changed === undefined ? listFiles(positionals) : changedFiles(values.changed);
  const importers = readImporters(ROOT);
  const tests = new Map(all.map((file) => [file, selectTests(file, importers).slice(0, Number(values.tests))]));
  const files = all.filter((file) => tests.get(file)!.length > 0);
  if (files.length < all.length)
    print(`${all.length - files.length} files are left out: no test outside of a browser reaches them`);
  const mutants = await findMutants(ROOT, files, Number(values.sample));
  print(`${mutants.length} mutants in ${files.length} files`);

  const verdicts: Verdict[] = [];
  const waiting = [...mutants];
  const known: KnownTests = { durations: new Map(), passing: new Map(), kills: new Map() };
  const stop = new AbortController();
  const timer = setTimeout(() => stop.abort(), Math.min(Number(values.minutes) * 60_000, MAX_TIMEOUT_MS));
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.once(signal, () => stop.abort());
  const work = async (): Promise<void> => {
    const sandbox = new Sandbox(ROOT);
    stop.signal.addEventListener('abort', () => sandbox.stop());
    try {
      const runner = new MutantRunner(ROOT, sandbox, known, Number(values.seconds) * 1000);
      for (let mutant = waiting.shift(); mutant && !stop.signal.aborted; mutant = waiting.shift()) {
        const verdict = await runner.run({ mutant, tests: tests.get(mutant.file)! });
        if (stop.signal.aborted) break;
        verdicts.push(verdict);
        if (verdict.outcome === 'survived') print(describeVerdict(verdict));
        if (values.log) appendFileSync(values.log, `${JSON.stringify(verdict)}\n`);
      }
    } finally {
      sandbox.close();
    }
  };
  await Promise.all(Array.from({ length: Number(values.concurrency) }, work));
  clearTimeout(timer);
  print(renderReport(verdicts, mutants.length));
}

function listFiles(paths: readonly string[]): string[] {
  const all = (paths.length > 0 ? paths : FOLDERS).flatMap((path) =>
    statSync(join(ROOT, path)).isDirectory()
      ? readdirSync(join(ROOT, path), { recursive: true, encoding: 'utf8' }).map((name) => join(path, name))
      : [relative(ROOT, join(ROOT, path))],
  );
  return all.filter(isMutable).sort();
}

function changedFiles(commit: string): string[] {
  const line = ['diff', '--name-only', '--diff-filter=d', commit, '--', 'src'];
  return execFileSync('git', line, { cwd: ROOT, encoding: 'utf8' }).split('\n').filter(isMutable);
}

/** Tests of WGSL are skipped without `webgpu`, and would notice nothing. */
function isMutable(file: string): boolean {
  if (file.includes('/wgsl/') && !existsSync(join(ROOT, 'node_modules/webgpu'))) return false;
  return /^src\/.*\.ts$/.test(file);
}

function print(line: string): void {
  process.stdout.write(`${line}\n`);
}
