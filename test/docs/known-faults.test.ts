import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { test } from 'node:test';

// Every report of docs/explanation/known-faults.md has a test of its name in the file that stands above its table, and the
// other way round.

const ROOT = new URL('../../', import.meta.url);
const TESTS = 'test/known-faults/';
const REPORT = /^\| \[([^\]]+)\]\(https:\/\/github\.com\/[\w.-]+\/([\w.-]+)\/(?:issues|pull)\/(\d+)\)/gm;
const TITLE = /\btest\(['`]([\w.-]+#\d+)/g;

const sections = readFileSync(new URL('docs/explanation/known-faults.md', ROOT), 'utf8').split('\n## ').slice(1);
const files = sections.map((section) => section.match(/^`(test\/known-faults\/.*)`$/m)?.[1]);

test('every file of tests has a section', () => {
  assert.deepEqual(
    files.toSorted(),
    readdirSync(new URL(TESTS, ROOT))
      .map((name) => `${TESTS}${name}`)
      .sort(),
  );
});

sections.forEach((section, i) => {
  test(`${section.split('\n', 1)}: reports and tests`, () => {
    const reports = [...section.matchAll(REPORT)].map(([, name, repository, number]) => {
      assert.equal(name, `${repository}#${number}`);
      return name;
    });
    const titles = new Set([...readFileSync(new URL(files[i]!, ROOT), 'utf8').matchAll(TITLE)].map(([, name]) => name));
    assert.deepEqual(reports.toSorted(), [...titles].sort());
    assert.equal(reports.length, section.split('\n').filter((line) => line.startsWith('| [')).length);
  });
});
