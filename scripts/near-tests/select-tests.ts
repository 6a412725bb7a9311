import { basename, dirname } from 'node:path';
import type { ImportGraph } from './import-graph.ts';

/** They take a second or two each, and reach much of the mathematics, of what is read and written, and of the schemas. */
const BROAD = [
  'test/loss/reference.test.ts',
  'test/loss/summarize.test.ts',
  'test/codecs/formats.test.ts',
  'test/http/openapi/openapi.test.ts',
];
/** Tests of what is outside `src`: they reach nearly all files, and test few. */
const OUTSIDE = /^test\/(?:bench|deploy|docs|scripts|snippets|structure)\//;

/**
 * The test files that reach a source file, in the order in which they most likely notice a mistake in it: its own, broad ones,
 * then by the folders that their paths share, then by the number of imports between.
 */
export function selectTests(file: string, importers: ImportGraph): string[] {
  const distances = new Map([[file, 0]]);
  for (const [reached, distance] of distances) {
    for (const importer of importers.get(reached) ?? []) {
      if (!distances.has(importer)) distances.set(importer, distance + 1);
    }
  }
  const rank = (test: string): number => {
    if (isMirror(file, test)) return 0;
    if (BROAD.includes(test)) return 1 + unsharedFolders(file, test);
    return distances.get(test)! + 3 * unsharedFolders(file, test) + (OUTSIDE.test(test) ? 100 : 10);
  };
  return [...distances.keys()]
    .filter((path) => path.startsWith('test/') && path.endsWith('.test.ts'))
    .sort((a, b) => rank(a) - rank(b) || (a < b ? -1 : 1));
}

/** Whether a test is named after a file, or after the WebAssembly module that the file is part of. */
function isMirror(file: string, test: string): boolean {
  const [module, assembly] = file.split('/assembly/');
  return basename(test, '.test.ts') === (assembly === undefined ? basename(file, '.ts') : basename(module!));
}

/** How many folders of the file's path the test's path lacks: a test of the whole service is in none of them. */
function unsharedFolders(file: string, test: string): number {
  const theirs = dirname(test).split('/').slice(1);
  const own = dirname(file).split('/').slice(1);
  let shared = 0;
  while (shared < own.length && own[shared] === theirs[shared]) shared++;
  return own.length - shared;
}
