import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { FILE_PROGRAMS } from '../../../src/explorer/batch-files/file-programs.ts';

test('the programs on the page are those of its tutorial, which are tested', () => {
  const text = readFileSync(new URL('../../../docs/tutorials/explorer.md', import.meta.url), 'utf8');
  const programs = [...text.matchAll(/^From (\w+):\n\n```python\n([\s\S]*?)^```$/gm)];
  assert.deepEqual(
    FILE_PROGRAMS,
    programs.map(([, framework, code]) => ({ framework, code })),
  );
});
