import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { startTestService } from './helpers/service.ts';
import { assertRelative } from './published/published.ts';

// docs/reference/recipes.md says which options are which library's loss. fixtures/recipes.json has what the libraries answered;
// fixtures/make-recipes.py asked them.

interface Reference {
  /** The library and its version. */
  readonly from: string;
  readonly batch: object;
  readonly loss?: number;
  readonly elementwise?: unknown;
  readonly gradients: unknown;
}

const service = await startTestService();

const references: Record<string, Reference> = JSON.parse(
  readFileSync(new URL('fixtures/recipes.json', import.meta.url), 'utf8'),
);
const recipes = readRecipes(readFileSync(new URL('../docs/reference/recipes.md', import.meta.url), 'utf8'));

test('every recipe has a reference, and every reference a recipe', () => {
  assert.deepEqual([...recipes.keys()].sort(), Object.keys(references).sort());
});

for (const [name, options] of recipes) {
  const reference = references[name];
  test(`${name}: ${reference?.from}`, async () => {
    assert.ok(reference, 'a recipe without a reference');
    const { batch, loss, elementwise, gradients } = reference;
    assert.deepEqual(
      Object.keys(options).filter((option) => option in batch),
      [],
      'options say nothing of the batch',
    );

    const response = await service.focalLoss({ ...batch, ...options, outputs: ['loss', 'gradients', 'elementwise'] });
    assert.ok((loss === undefined) !== (elementwise === undefined));
    if (loss === undefined) assertRelative(response.elementwise, elementwise);
    else assertRelative(response.loss, loss);
    assertRelative(response.gradients, gradients);
  });
}

/** The rows of the page's one table: the text of the first cell, without backticks, to the options of the second. */
function readRecipes(page: string): Map<string, object> {
  const rows = page.split('\n').filter((line) => line.startsWith('| ') && !line.startsWith('| ---'));
  const [head, ...body] = rows.map((line) => line.split('|').map((cell) => cell.trim()));
  assert.deepEqual(head, ['', 'library and call', 'options here', 'caveat', '']);
  const recipes = new Map<string, object>();
  for (const cells of body) {
    assert.equal(cells.length, head?.length, `a | inside a cell: ${cells}`);
    const [, call, options] = cells;
    const name = call!.replaceAll('`', '');
    assert.ok(!recipes.has(name), `two rows are called ${name}`);
    recipes.set(name, JSON.parse(options!.replace(/^`(.*)`$/, '$1')));
  }
  return recipes;
}
