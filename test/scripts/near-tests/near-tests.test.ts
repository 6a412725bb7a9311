import assert from 'node:assert/strict';
import { test } from 'node:test';
import { nearTests } from '../../../scripts/near-tests/near-tests.ts';

const TESTS = ['test/core/a.test.ts', 'test/docs/pages.test.ts', 'test/http/b.test.ts', 'test/structure/s.test.ts'];
const IMPORTERS = new Map([
  ['src/core/a.ts', ['test/core/a.test.ts', 'src/http/b.ts']],
  ['src/http/b.ts', ['test/http/b.test.ts']],
  ['test/helpers/h.ts', ['test/http/b.test.ts']],
]);
const OF_ANY = ['test/docs/pages.test.ts', 'test/structure/s.test.ts'];

test('the tests that reach a changed file are near, and those of pages and the structure always', () => {
  assert.deepEqual(nearTests(['src/core/a.ts'], TESTS, IMPORTERS), TESTS);
  assert.deepEqual(nearTests(['test/helpers/h.ts'], TESTS, IMPORTERS), [OF_ANY[0], 'test/http/b.test.ts', OF_ANY[1]]);
  assert.deepEqual(nearTests(['README.md'], TESTS, IMPORTERS), OF_ANY);
});

test('a changed test is near, and of many that reach a file only some are', () => {
  assert.deepEqual(nearTests(['test/core/a.test.ts'], TESTS, IMPORTERS), ['test/core/a.test.ts', ...OF_ANY]);
  const many = Array.from({ length: 30 }, (_, i) => `test/core/${i}.test.ts`).sort();
  assert.equal(nearTests(['src/core/a.ts'], many, new Map([['src/core/a.ts', many]])).length, 10);
});
