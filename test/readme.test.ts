import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { describeSettings } from '../src/config.ts';

const readme = readFileSync(new URL('../README.md', import.meta.url), 'utf8');

test("the README's settings are those that --help prints", () => {
  const rows = describeSettings().map(
    ({ name, flag, initial, description }) => `| \`${name}\` | \`${flag}\` | ${initial} | ${description} |`,
  );
  const table = readme.split('\n').filter((line) => /^\| `[A-Z_]+` \|/.test(line));
  assert.deepEqual(table, rows);
});
