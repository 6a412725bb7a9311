import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { after, test } from 'node:test';

// scripts/run-steps.ts, as .ci/run starts it. It reads all output of a step to its end, so that it does not end itself before
// every process that a step left running has ended.

const SCRIPT = new URL('../../scripts/run-steps.ts', import.meta.url).pathname;
const LOADER = new URL('../../scripts/typescript.mjs', import.meta.url).href;
const folder = mkdtempSync(join(tmpdir(), 'steps-'));
after(() => rmSync(folder, { recursive: true }));

async function runSteps(...steps: string[]) {
  const child = spawn(process.execPath, ['--import', LOADER, SCRIPT], {
    stdio: ['pipe', 'pipe', 'inherit'],
    cwd: folder,
  });
  child.stdin.end(steps.join('\n'));
  const [output, [code]] = await Promise.all([text(child.stdout), once(child, 'exit')]);
  return { code, output };
}

test('a table and the totals of the tests, which the last line runs, come last', async () => {
  const totals = '# tests 3\n# pass 3\n# fail 0\n';
  const { code, output } = await runSteps(
    '# all of them',
    '0 words  echo out; echo err >&2',
    "9 large  printf '# tests 1\\n# pass 1\\n'",
    `1 tests  printf '${totals.replaceAll('#', 'ℹ').replaceAll('\n', '\\n')}'`,
  );
  assert.equal(code, 0);
  assert.match(output, /^=== words: passed after \d+ s\nout\nerr\n/m);
  for (const name of ['tests', 'words', 'large', 'all steps']) {
    assert.match(output, new RegExp(`^\\| ${name} +\\| +\\d+ \\| +\\d+ \\| passed \\|$`, 'm'));
  }
  assert.ok(output.endsWith(`\n\n${totals}`), output);
});

test('steps run at the same time while there are cores for them', async () => {
  // Each waits for the other.
  const meet = (mine: string, other: string) => `touch ${mine}; until [ -e ${other} ]; do sleep 0.01; done`;
  const { code } = await runSteps(`1 a  ${meet('a', 'b')}`, `0 b  ${meet('b', 'a')}`);
  assert.equal(code, 0);
});

test('the processor time of a step is that of all that it started', async () => {
  const { output } = await runSteps("1 busy  node --eval 'const end = Date.now() + 1500; while (Date.now() < end);'");
  assert.match(output, /^\| busy +\| +\d+ \| +[12] \| passed \|$/m);
});

test('a step that fails stops the others and everything that they started', { timeout: 60_000 }, async () => {
  const { code, output } = await runSteps(
    '0 long  sleep 600 & touch started; wait',
    '0 wrong  until [ -e started ]; do sleep 0.01; done; echo reason; exit 3',
  );
  assert.equal(code, 1);
  assert.match(output, /^=== wrong: FAILED after \d+ s\nreason\n/m);
  assert.match(output, /^\| long +\| +\d+ \| +\d+ \| +stopped \|$/m);
  assert.match(output, /^\| all steps +\| +\d+ \| +\d+ \| +wrong ended with 3 \|$/m);
});

test('what a step leaves running ends with it', { timeout: 60_000 }, async () => {
  const { code } = await runSteps('1 careless  sleep 600 &');
  assert.equal(code, 0);
});

test('a line that is no step is refused', async () => {
  const child = spawn(process.execPath, ['--import', LOADER, SCRIPT], { stdio: ['pipe', 'ignore', 'pipe'] });
  child.stdin.end('lint npm run lint');
  const [errors, [code]] = await Promise.all([text(child.stderr), once(child, 'exit')]);
  assert.notEqual(code, 0);
  assert.match(errors, /expected CORES NAME COMMAND, got lint npm run lint/);
});
