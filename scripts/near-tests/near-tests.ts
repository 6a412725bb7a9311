import type { ImportGraph } from './import-graph.ts';
import { selectTests } from './select-tests.ts';

/** The nearest tests of each changed file, of which one most likely notices a mistake in it. */
const TESTS_PER_FILE = 10;
/** Tests of what no import leads to: pages, settings of deployments, the structure. They take seconds. */
const OF_ANY_CHANGE = /^test\/(?:deploy|docs|snippets|structure)\//;

/**
 * The tests that most likely notice a mistake in one of the changed files.
 *
 * @param tests all test files
 */
export function nearTests(changed: readonly string[], tests: readonly string[], importers: ImportGraph): string[] {
  const near = new Set(tests.filter((test) => OF_ANY_CHANGE.test(test)));
  for (const file of changed) {
    for (const test of selectTests(file, importers).slice(0, TESTS_PER_FILE)) near.add(test);
  }
  return tests.filter((test) => near.has(test));
}
