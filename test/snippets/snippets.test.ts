import assert from 'node:assert/strict';
import { execFile, spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { startTestService } from '../helpers/service.ts';
import { type Planned, plannedSnippets } from './snippets.ts';

// Snippets of the pages run as they stand, but for the port; what a page shows as printed has to be printed.

const root = fileURLToPath(new URL('../../', import.meta.url));
const COMMANDS: Readonly<Record<string, readonly [string, ...string[]]>> = {
  sh: ['sh', '-ec'],
  python: ['python3', '-c'],
};

const snippets = plannedSnippets();
const service = await startTestService();

for (const snippet of snippets.filter(({ by }) => by === 'npm test')) {
  test(titleOf(snippet), { skip: whyNotHere(snippet) }, async () => {
    const [program, ...args] = COMMANDS[snippet.language] ?? assert.fail(`nothing runs ${snippet.language}`);
    const text = snippet.text.replaceAll('http://127.0.0.1:8080', service.url);
    const { stdout } = await promisify(execFile)(program, [...args, text], { cwd: root });
    if (snippet.prints === undefined) assert.notEqual(stdout, '');
    else assert.deepEqual(comparable(stdout), comparable(snippet.prints));
  });
}

for (const snippet of snippets.filter(({ whyNot }) => whyNot !== undefined)) {
  test(titleOf(snippet), { skip: `never run: ${snippet.whyNot}` });
}

test('what .ci/run is said to run stands in it', () => {
  // Some lines are commands, and some are steps: cores, a name and the command.
  const lines = readFileSync(`${root}.ci/run`, 'utf8')
    .split('\n')
    .map((line) => line.replace(/^\d +\S+ +/, ''));
  for (const { text } of snippets.filter(({ by }) => by === '.ci/run')) {
    for (const command of text.trim().split(' && ')) assert.ok(lines.includes(command), text);
  }
  for (const script of [
    '.ci/start',
    '.ci/package',
    '.ci/observability',
    '.ci/deploy',
    '.ci/examples',
    'test/clients/run',
  ]) {
    assert.ok(lines.includes(script), `${script}, which runs snippets, is not in .ci/run`);
  }
});

test('snippets in JSON are JSON', () => {
  for (const { text } of snippets.filter(({ language }) => language === 'json')) JSON.parse(text);
});

function titleOf({ page, text }: Planned): string {
  return `${page}: ${text.split('\n', 1)}`;
}

function whyNotHere({ language, text }: Planned): string | false {
  const tool = language === 'python' ? 'python3' : text.startsWith('curl') ? 'curl' : undefined;
  return tool !== undefined && spawnSync(tool, ['--version']).error ? `there is no ${tool} here` : false;
}

/** JSON without what differs from machine to machine and from call to call. */
function comparable(text: string): unknown {
  if (!text.startsWith('{')) return text.trim();
  return { ...JSON.parse(text), engine: null, duration_ms: null };
}
