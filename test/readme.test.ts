import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { describeSettings } from '../src/config.ts';
import { startTestService } from './service.ts';

const readme = readFileSync(new URL('../README.md', import.meta.url), 'utf8');
const service = await startTestService();

test("the README's settings are those that --help prints", () => {
  const rows = describeSettings().map(
    ({ name, flag, initial, description }) => `| \`${name}\` | \`${flag}\` | ${initial} | ${description} |`,
  );
  const table = readme.split('\n').filter((line) => /^\| `[A-Z_]+` \|/.test(line));
  assert.deepEqual(table, rows);
});

test("the README's curl request gives the answer printed below it", async () => {
  const [, request] = readme.match(/-d '(.+)'/) ?? [];
  const [, printed] = readme.match(/```json\n([^`]+)```/) ?? [];
  const expected = JSON.parse(printed ?? '');
  const answer = await service.focalLoss(JSON.parse(request ?? ''));
  assert.deepEqual({ ...answer, engine: null, duration_ms: null }, { ...expected, engine: null, duration_ms: null });
});
