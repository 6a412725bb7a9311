import { execFileSync, spawnSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { readImporters } from './near-tests/import-graph.ts';
import { nearTests } from './near-tests/near-tests.ts';

// Runs the tests nearest to what differs from a commit, the argument: by default to what is not committed yet or, where all is,
// to the last commit. A minute or two in place of all tests.

const ROOT = fileURLToPath(new URL('..', import.meta.url));

const [given] = process.argv.slice(2);
const uncommitted = git('status', '--porcelain') !== '';
const changed = changedSince(given ?? (uncommitted ? 'HEAD' : 'HEAD~1'));
const all = readdirSync(join(ROOT, 'test'), { recursive: true, encoding: 'utf8' })
  .filter((path) => path.endsWith('.test.ts'))
  .map((path) => join('test', path))
  .sort();
const near = nearTests(changed, all, readImporters(ROOT));
process.stdout.write(`${changed.length} files changed: ${near.length} of ${all.length} test files are near\n`);
const { status } = spawnSync(
  process.execPath,
  ['--import', './scripts/typescript.mjs', '--test', `--test-concurrency=${availableParallelism()}`, ...near],
  { cwd: ROOT, stdio: 'inherit' },
);
process.exitCode = status ?? 1;

/** With files that git does not know yet, and without those that are gone. */
function changedSince(commit: string): string[] {
  const known = git('diff', '--name-only', '--diff-filter=d', commit);
  const unknown = git('ls-files', '--others', '--exclude-standard');
  return [...known.split('\n'), ...unknown.split('\n')].filter(Boolean);
}

function git(...line: readonly string[]): string {
  return execFileSync('git', line, { cwd: ROOT, encoding: 'utf8' });
}
