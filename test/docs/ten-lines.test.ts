import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';

// The examples of ten lines have at most ten, imports included, beside the comment at their top, and are listed.

const EXAMPLES = fileURLToPath(new URL('../../examples/', import.meta.url));
const MAX_LINES = 10;
const MAX_WIDTH = 120;

const names = readdirSync(`${EXAMPLES}python`).filter((name) => name.endsWith('_ten_lines.py'));

test('there are examples of ten lines', () => {
  assert.ok(names.length >= 7);
});

for (const name of names) {
  const path = `${EXAMPLES}python/${name}`;

  test(`${name} has at most ten lines`, () => {
    const lines = readFileSync(path, 'utf8')
      .replace(/^"""[\s\S]*?"""\n/, '')
      .split('\n')
      .filter((line) => line.trim() !== '');
    assert.ok(lines.length <= MAX_LINES, `${lines.length} lines`);
    for (const line of lines) assert.ok(line.length <= MAX_WIDTH && !line.includes(';'), line);
  });

  test(`${name} is in the table of examples, and says how to run it`, () => {
    assert.ok(readFileSync(`${EXAMPLES}README.md`, 'utf8').includes(`[${name}](python/${name})`));
    assert.match(readFileSync(path, 'utf8'), new RegExp(`^    (\\w+=\\w+ )?python examples/python/${name}$`, 'm'));
  });
}
