import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { after, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import type { Mutant } from '../../../scripts/mutation/mutant.ts';
import { MutantRunner } from '../../../scripts/mutation/run-mutants.ts';
import { Sandbox } from '../../../scripts/mutation/sandbox.ts';

// A repository of one source file, with a test that notices some changes of it, and one that always fails.

const REPOSITORY = fileURLToPath(new URL('../../..', import.meta.url));
const SOURCE = `export function clamp(value: number, limit: number): number {
  return value > limit ? limit : value;
}
`;
const NOTICES = `import assert from 'node:assert/strict';
import { test } from 'node:test';
import { clamp } from '../src/clamp.ts';
test('a value is limited', () => assert.deepEqual([clamp(1, 3), clamp(5, 3)], [1, 3]));
`;
const ALWAYS_FAILS = `import { test } from 'node:test';
test('broken', () => { throw new Error('on purpose'); });
`;

const root = mkdtempSync(join(tmpdir(), 'mutation-test-'));
const files = {
  'src/clamp.ts': SOURCE,
  'dist/clamp.js': '',
  'test/clamp.test.ts': NOTICES,
  'test/broken.test.ts': ALWAYS_FAILS,
  'package.json': '{ "type": "module" }',
  '.gitignore': 'dist\nnode_modules\n',
};
for (const [path, text] of Object.entries(files)) {
  mkdirSync(dirname(join(root, path)), { recursive: true });
  writeFileSync(join(root, path), text);
}
cpSync(join(REPOSITORY, 'scripts/typescript.mjs'), join(root, 'scripts/typescript.mjs'));
symlinkSync(join(REPOSITORY, 'node_modules'), join(root, 'node_modules'));
execFileSync('git', ['init', '--quiet'], { cwd: root });

const sandbox = new Sandbox(root);
const known = { durations: new Map(), passing: new Map(), kills: new Map() };
const runner = new MutantRunner(root, sandbox, known, 60_000);
after(() => {
  sandbox.close();
  rmSync(root, { recursive: true });
});

function mutantOf(original: string, replacement: string): Mutant {
  const start = SOURCE.indexOf(original);
  return {
    file: 'src/clamp.ts',
    operator: 'test',
    line: 2,
    column: 1,
    start,
    end: start + original.length,
    replacement,
  };
}

const TESTS = ['test/broken.test.ts', 'test/clamp.test.ts'];

test('a change that a test notices is killed, by that test and not by one that always fails', async () => {
  const verdict = await runner.run({ mutant: mutantOf('value > limit', 'false'), tests: TESTS });
  assert.equal(verdict.outcome, 'killed');
  assert.equal(verdict.by, 'test/clamp.test.ts');
  assert.equal(verdict.original, 'value > limit');
});

test('a change that none notices has survived', async () => {
  const verdict = await runner.run({ mutant: mutantOf('>', '>='), tests: TESTS });
  assert.equal(verdict.outcome, 'survived');
});

test('a change that is no TypeScript is invalid', async () => {
  const verdict = await runner.run({ mutant: mutantOf('>', '> >'), tests: TESTS });
  assert.equal(verdict.outcome, 'invalid');
});

test('the next change is made to the original, which stays as it is', async () => {
  const unchanged = await runner.run({ mutant: mutantOf('limit : value', 'limit : value'), tests: TESTS });
  assert.equal(unchanged.outcome, 'survived');
  assert.equal(readFileSync(join(root, 'src/clamp.ts'), 'utf8'), SOURCE);
});

test('a test that hangs is ended, and counts as noticed', async () => {
  known.durations.set('test/clamp.test.ts', 0); // So it may take 5 s.
  const verdict = await runner.run({
    mutant: mutantOf('return', 'for (;;); return'),
    tests: ['test/clamp.test.ts'],
  });
  assert.equal(verdict.outcome, 'timeout');
});
