import { basename, dirname } from 'node:path';
import type { ImportGraph } from './import-graph.ts';

/**
 * The test files that reach a source file, nearest first: its own, then by the folders that their paths share, then by the
 * number of imports between. Those of what is outside `src` come last: it reaches nearly all files, and tests few.
 */
export function selectTests(file: string, importers: ImportGraph): string[] {
  const distances = new Map([[file, 0]]);
  for (const [reached, distance] of distances) {
    for (const importer of importers.get(reached) ?? []) {
      if (!distances.has(importer)) distances.set(importer, distance + 1);
    }
  }
  const tests = [...distances.keys()].filter((path) => path.startsWith('test/') && path.endsWith('.test.ts'));
  const rank = (test: string): number =>
    distances.get(test)! - 2 * sharedFolders(file, test) - 10 * +isMirror(file, test) + 20 * +OUTSIDE.test(test);
  return tests.sort((a, b) => rank(a) - rank(b) || (a < b ? -1 : 1));
}

const OUTSIDE = /^test\/(?:bench|deploy|docs|scripts|snippets|structure)\//;

function isMirror(file: string, test: string): boolean {
  return basename(test, '.test.ts') === basename(file, '.ts');
}

function sharedFolders(file: string, test: string): number {
  const theirs = dirname(test).split('/').slice(1);
  const own = dirname(file).split('/').slice(1);
  let shared = 0;
  while (shared < own.length && own[shared] === theirs[shared]) shared++;
  return shared;
}
