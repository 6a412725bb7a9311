import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { differenceOf, EXAMPLE_FIGURE, EXAMPLE_PAGE, tablesOf, withTables } from '../../scripts/example-page.ts';

const PAGE = 'Text.\n\n<!--=boosting 0-->\n\n| loss  |\n| ----: |\n| 0.117 |\n\n<!--=-->\n\nMore.\n';

test('tables that an example prints come into their places on the page', () => {
  const tables = tablesOf('| loss |\n| ---: |\n| 0.12 |\n\n');
  assert.equal(
    withTables(PAGE, 'boosting', tables),
    'Text.\n\n<!--=boosting 0-->\n\n| loss |\n| ---: |\n| 0.12 |\n\n<!--=-->\n\nMore.\n',
  );
  assert.equal(withTables(PAGE, 'another', []), PAGE);
});

test('a table without a place, and a place without a table, are errors', () => {
  assert.throws(() => withTables(PAGE, 'boosting', ['| a |', '| b |']), /1 of 2 tables of boosting/);
  assert.throws(() => withTables(PAGE, 'boosting', []), /place for table 0 of boosting/);
});

test('numbers may differ by rounding, and words not at all', () => {
  assert.equal(differenceOf('| 0.117 | 53 |', '| 0.120 | 51 |'), undefined);
  assert.equal(differenceOf('| ----- |\n|    53 |', '| --- |\n| 53 |'), undefined);
  assert.match(differenceOf('| 0.017 |', '| 0.021 |')!, /0.017 there, 0.021 now/);
  assert.match(differenceOf('| 53 |', '| 59 |')!, /53 there, 59 now/);
  assert.match(differenceOf('| not reached |', '| 59 |')!, /other words/);
  assert.match(differenceOf('| p |', '| q |')!, /other words/);
});

test('the page has the tables of the examples, and its figure is there', () => {
  const page = readFileSync(EXAMPLE_PAGE, 'utf8');
  for (const [name, tables] of [
    ['posterior_digits', 2],
    ['lightgbm_probabilities', 1],
    ['xgboost_probabilities', 1],
  ] as const) {
    const empty = Array.from({ length: tables }, () => '| empty |');
    assert.notEqual(withTables(page, name, empty), page);
  }
  assert.match(readFileSync(EXAMPLE_FIGURE, 'utf8'), /^<svg /);
});
