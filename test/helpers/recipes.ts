import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';

const PAGE = readFileSync(new URL('../../docs/reference/recipes.md', import.meta.url), 'utf8');

/** The rows of the tables in docs/reference/recipes.md: the text of the first cell, without backticks, to the options of the second. */
export function readRecipes(): Map<string, object> {
  const head = '| library and call | options here | caveat |';
  const tables = PAGE.split('\n\n').filter((block) => block.startsWith(head));
  assert.equal(tables.length, 3);
  const recipes = new Map<string, object>();
  for (const row of tables.flatMap((table) => table.trim().split('\n').slice(2))) {
    const cells = row.split('|').map((cell) => cell.trim());
    assert.equal(cells.length, 5, `a | inside a cell: ${cells}`);
    const [, call, options] = cells;
    const name = call!.replaceAll('`', '');
    assert.ok(!recipes.has(name), `two rows are called ${name}`);
    recipes.set(name, JSON.parse(options!.replace(/^`(.*)`$/, '$1')));
  }
  return recipes;
}
